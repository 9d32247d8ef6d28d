import { describe, expect, it } from 'vitest';
import { checkUrl, guardedLookup, isPublicAddress, type Resolve } from '../../../adapters/node/address-guard.ts';
import { HOSTILE_URLS, WRONG_URLS } from './hostile-urls.ts';

const resolvesTo =
  (...addresses: string[]): Resolve =>
  (_host, _options, done) =>
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );

function look(resolve: Resolve, options: { allowPrivate: boolean; plain: boolean; all?: boolean }) {
  return new Promise<unknown>((done, fail) => {
    guardedLookup(options, resolve)('host.example', { all: options.all ?? false }, (error, address) =>
      error ? fail(error) : done(address),
    );
  });
}

const STRICT = { allowPrivate: false, plain: false };

describe('checkUrl', () => {
  it('knows at least 71 hostile hosts', () => {
    expect(new Set(HOSTILE_URLS).size).toBeGreaterThanOrEqual(71);
  });
  it.each(HOSTILE_URLS)('refuses %s', (url) => {
    expect(checkUrl(url, { allowPrivate: false })).toMatch(/\.$/);
  });
  it.each(WRONG_URLS)('refuses the wrong way to call %s', (url) => {
    expect(checkUrl(url, { allowPrivate: false })).toMatch(/\.$/);
  });
  it.each([
    'https://hooks.example.com/a?b=c',
    'https://hooks.example.com:8443/',
    'https://8.8.8.8/',
    'https://[2606:4700::1111]/',
    'https://bücher.example/',
    'https://172.32.0.1/',
    'https://100.128.0.1/',
  ])('lets %s pass', (url) => {
    expect(checkUrl(url, { allowPrivate: false })).toBeUndefined();
  });
  it.each([
    'http://127.0.0.1:4000/',
    'http://localhost:4000/',
    'https://192.168.1.5:9000/',
    'http://[::1]:1/',
    'https://8.8.8.8/',
  ])('lets %s pass where private URLs are allowed', (url) => {
    expect(checkUrl(url, { allowPrivate: true })).toBeUndefined();
  });
  it.each([
    'http://8.8.8.8/',
    'http://169.254.169.254/',
    'https://[fe80::1]/',
    'http://[::ffff:127.0.0.1]/',
    'ftp://127.0.0.1/',
  ])('refuses %s even where private URLs are allowed', (url) => {
    expect(checkUrl(url, { allowPrivate: true })).toBeDefined();
  });
  it('never quotes the URL, whose path may be a secret', () => {
    for (const url of [...HOSTILE_URLS, ...WRONG_URLS]) {
      expect(checkUrl(`${url}canary-4711`, { allowPrivate: false })).not.toContain('canary');
    }
  });
});

describe('isPublicAddress', () => {
  it.each(['fe80::1%eth0', '2606:4700::1%eth0', 'host', ''])('does not take %s for an address', (text) => {
    expect(isPublicAddress(text)).toBe(false);
  });
});

describe('guardedLookup', () => {
  it('answers the address it checked', async () => {
    expect(await look(resolvesTo('8.8.8.8'), STRICT)).toBe('8.8.8.8');
    expect(await look(resolvesTo('8.8.8.8', '2606:4700::1'), { ...STRICT, all: true })).toHaveLength(2);
  });
  it('refuses a name that has become private', async () => {
    await expect(look(resolvesTo('127.0.0.1'), STRICT)).rejects.toThrow('forbidden');
  });
  it('refuses a name with one private address among public ones', async () => {
    await expect(look(resolvesTo('8.8.8.8', '::1'), STRICT)).rejects.toThrow('forbidden');
  });
  it('refuses a name without addresses', async () => {
    await expect(look(resolvesTo(), STRICT)).rejects.toThrow('forbidden');
  });
  it('refuses plain http to a public address', async () => {
    await expect(look(resolvesTo('8.8.8.8'), { allowPrivate: true, plain: true })).rejects.toThrow('forbidden');
  });
  it('passes on what DNS says is wrong', async () => {
    const broken: Resolve = (_host, _options, done) => done(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), []);
    await expect(look(broken, STRICT)).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });
});
