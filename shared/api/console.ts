import { createHash } from 'node:crypto';

/** A file of the built console. */
export interface ConsoleFile {
  readonly type: string;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** By path; `/` is the page itself. */
export type ConsoleFiles = ReadonlyMap<string, ConsoleFile>;

const CLOSED = ["default-src 'none'", "base-uri 'none'", "form-action 'none'"];

/** The page's own script, style, pictures and calls, in no frame but its own window. */
const PAGE_POLICY = [
  ...CLOSED,
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "frame-src 'self'",
  "frame-ancestors 'none'",
].join('; ');

const MAIL = [
  ...CLOSED,
  "style-src 'unsafe-inline'",
  "frame-ancestors 'self'",
  'sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox',
];

/** The documents mails are shown in, framed by the page: nothing runs in them, and remote pictures load in the second alone. */
const MAIL_POLICIES: Readonly<Record<string, string>> = {
  '/mail.html': [...MAIL, 'img-src data: blob:'].join('; '),
  '/mail-images.html': [...MAIL, 'img-src data: blob: https: http:'].join('; '),
};

function policyOf(path: string): Readonly<Record<string, string>> {
  const mail = MAIL_POLICIES[path];
  if (mail === undefined) return { 'content-security-policy': PAGE_POLICY, 'x-frame-options': 'DENY' };
  return { 'content-security-policy': mail, 'x-frame-options': 'SAMEORIGIN' };
}

/** Named by what is in it, so it never changes. */
const HASHED = /[-.][A-Za-z0-9_-]{8,}\.\w+$/;
const FOREVER = 'public, max-age=31536000, immutable';

const ABSENT = 'Replybus is running. Its console is not part of this build; the API is described at /openapi.json.\n';

const tags = new WeakMap<ConsoleFile, string>();

function tagOf(file: ConsoleFile): string {
  const tag = tags.get(file) ?? `"${createHash('sha256').update(file.body).digest('base64url').slice(0, 22)}"`;
  tags.set(file, tag);
  return tag;
}

/** A page or an asset; undefined for what is none of the console's. Open to anybody: it holds nothing of anybody. */
export function consoleOf(files: ConsoleFiles | undefined, path: string, known?: string): Response | undefined {
  const file = files?.get(path);
  if (!file)
    return path === '/' && !files
      ? new Response(ABSENT, { headers: { 'content-type': 'text/plain; charset=utf-8' } })
      : undefined;
  const etag = tagOf(file);
  const headers = {
    ...policyOf(path),
    'cache-control': HASHED.test(path) ? FOREVER : 'no-cache',
    etag,
  };
  if (known === etag) return new Response(null, { status: 304, headers });
  return new Response(file.body, { headers: { ...headers, 'content-type': file.type } });
}
