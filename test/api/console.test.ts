import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConsole } from '../../adapters/node/console-files.ts';
import { respond } from '../../shared/api/app.ts';
import type { ApiHost } from '../../shared/api/deps.ts';
import { memoryStore } from '../../shared/store/memory.ts';

const FILES: Readonly<Record<string, string>> = {
  'index.html': '<!doctype html><title>Replybus</title>',
  'mail.html': '<!doctype html>',
  'mail-images.html': '<!doctype html>',
  'icon.svg': '<svg/>',
  'assets/index-a1B2c3D4.js': 'render()',
  'notes.md': 'not served',
};

function builtFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'replybus-page-'));
  mkdirSync(join(folder, 'assets'));
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text);
  return folder;
}

function hostOf(console: ApiHost['console']): ApiHost {
  return {
    door: { store: memoryStore() },
    log: { info: () => {}, warn: () => {} },
    open: async () => {
      throw new Error('nothing is opened for a page');
    },
    ...(console ? { console } : {}),
  };
}

function asking(folder: string) {
  let reads = 0;
  const host = hostOf(async () => {
    reads += 1;
    return await readConsole(folder);
  });
  const get = async (path: string, headers: Record<string, string> = {}) =>
    await respond(new Request(`https://replies.example${path}`, { headers }), host);
  return { get, reads: () => reads };
}

const policyOf = (response: Response) => response.headers.get('content-security-policy') ?? '';

describe('the console', () => {
  it('is served without a token, under a policy that takes nothing from elsewhere', async () => {
    const page = await asking(builtFolder()).get('/');
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(policyOf(page).split('; ').sort()).toEqual([
      "base-uri 'none'",
      "connect-src 'self'",
      "default-src 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "frame-src 'self'",
      "img-src 'self' data: blob:",
      "script-src 'self'",
      "style-src 'self'",
    ]);
    expect(page.headers.get('x-content-type-options')).toBe('nosniff');
    expect(page.headers.get('referrer-policy')).toBe('no-referrer');
  });

  it('frames mail in documents of their own, where nothing runs and pictures load in one alone', async () => {
    const { get } = asking(builtFolder());
    const [closed, open] = await Promise.all([get('/mail.html'), get('/mail-images.html')]);
    for (const page of [closed, open]) {
      expect(policyOf(page)).toContain("default-src 'none'");
      expect(policyOf(page)).toContain("frame-ancestors 'self'");
      expect(policyOf(page)).not.toMatch(/script-src|allow-scripts/);
    }
    expect(policyOf(closed)).not.toContain('http');
    expect(policyOf(open)).toContain('img-src data: blob: https: http:');
  });

  it('keeps for ever what is named by its content, and asks again for the rest', async () => {
    const { get } = asking(builtFolder());
    expect((await get('/assets/index-a1B2c3D4.js')).headers.get('cache-control')).toContain('immutable');
    const page = await get('/');
    expect(page.headers.get('cache-control')).toBe('no-cache');
    const known = { 'if-none-match': page.headers.get('etag') ?? '' };
    expect((await get('/', known)).status).toBe(304);
  });

  it('serves nothing but the page: no other file, no folder above, no path of the API', async () => {
    const { get, reads } = asking(builtFolder());
    expect((await get('/notes.md')).status).toBe(401);
    expect((await get('/..%2f..%2fetc%2fpasswd')).status).toBe(401);
    const before = reads();
    expect((await get('/v1/threads')).status).toBe(401);
    expect(reads()).toBe(before);
  });

  it('says in plain words where no page was built', async () => {
    const page = await asking(join(tmpdir(), 'no-such-folder')).get('/');
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/plain; charset=utf-8']);
  });
});
