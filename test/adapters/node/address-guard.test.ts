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
  it.each(['\r', '\n', '\t', '\u001b[2J', '\u007f', '\u0085'])(
    'refuses a URL that holds %j, which a parser may drop',
    (strange) => {
      for (const url of [
        `https://hooks.example/a${strange}b`,
        `https://hooks${strange}.example/`,
        `https://a.example/${strange}`,
      ])
        expect(checkUrl(url, { allowPrivate: false })).toBe(
          'A URL holds no line breaks and no control characters; remove them.',
        );
    },
  );
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
  it.each([
    'http://169.254.169.254/latest/',
    'http://2852039166/',
    'http://0xa9fea9fe/',
    'http://0251.0376.0251.0376/',
    'http://169.254.43518/',
    'http://169.254.169.254./',
    'http://169.254.170.2/v2/credentials',
    'http://[fd00:ec2::254]/',
    'http://[fd00:ec2:0:0::254]/',
    'http://[FD00:EC2::23]/',
    'http://[fd20:ce::254]/',
    'http://[fd00:c1::a9fe:a9fe]/',
    'http://[::ffff:169.254.169.254]/',
    'http://[::ffff:a9fe:a9fe]/',
    'http://[::a9fe:a9fe]/',
    'http://[64:ff9b::a9fe:a9fe]/',
    'http://[64:ff9b:1::a9fe:a9fe]/',
    'http://[2002:a9fe:a9fe::]/',
    'http://[fe80::a9fe:a9fe]/',
    'http://100.100.100.200/',
    'http://192.0.0.192/',
    'http://168.63.129.16/',
    'http://metadata.google.internal/',
    'http://METADATA.google.internal./computeMetadata/v1/',
    'http://metadata/',
    'http://instance-data/latest/meta-data/',
  ])('refuses %s, where clouds hand out keys, whatever is allowed', (url) => {
    for (const allowPrivate of [true, false]) {
      expect(checkUrl(url, { allowPrivate })).toMatch(/\.$/);
      expect(checkUrl(url.replace('http:', 'https:'), { allowPrivate })).toMatch(/\.$/);
    }
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
  it.each([
    '169.254.169.254',
    'fd00:ec2::254',
    'fd20:ce::254',
    'fd00:c1::a9fe:a9fe',
    '::ffff:a9fe:a9fe',
    '100.100.100.200',
  ])('refuses a name that leads to %s, whatever is allowed', async (address) => {
    for (const plain of [true, false])
      await expect(look(resolvesTo(address), { allowPrivate: true, plain })).rejects.toThrow('forbidden');
  });
  it('lets a private address of one’s own pass where that is allowed', async () => {
    expect(await look(resolvesTo('fd12:3456::1'), { allowPrivate: true, plain: true })).toBe('fd12:3456::1');
  });
  it('passes on what DNS says is wrong', async () => {
    const broken: Resolve = (_host, _options, done) => done(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), []);
    await expect(look(broken, STRICT)).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });
});
