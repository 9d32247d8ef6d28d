/** What mail carries most. */
const TYPES: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  doc: 'application/msword',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  gif: 'image/gif',
  ics: 'text/calendar',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  pdf: 'application/pdf',
  png: 'image/png',
  pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  txt: 'text/plain',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  zip: 'application/zip',
};
const UNKNOWN_TYPE = 'application/octet-stream';
const NAME_CHARACTERS_MAX = 120;

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** `filename*=UTF-8'en'na%C3%AFve.pdf`: the charset, a language nobody needs, and the name. */
const EXTENDED = /(?:^|;)\s*filename\*\s*=\s*"?([\w-]*)'[^']*'([^;"]+)"?/i;
/** Quoted, with escapes, or a bare word. */
const PLAIN = /(?:^|;)\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]+))/i;

/** The name a server gives a file: the extended form first, as RFC 6266 demands. */
function dispositionName(header: string): string | undefined {
  const [, charset = '', extended] = EXTENDED.exec(header) ?? [];
  if (extended !== undefined) {
    if (/^iso-8859-1$/i.test(charset)) return Buffer.from(unescape8(extended), 'latin1').toString('latin1');
    return decoded(extended);
  }
  const [, quoted, bare] = PLAIN.exec(header) ?? [];
  if (quoted !== undefined) return decoded(utf8(quoted.replace(/\\(.)/g, '$1')));
  return bare === undefined ? undefined : decoded(utf8(bare.trim()));
}

const unescape8 = (text: string) =>
  text.replace(/%([0-9a-f]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));

/** Headers come as Latin-1, though most servers write UTF-8 into them. */
function utf8(text: string): string {
  if ([...text].some((letter) => letter > '\u00ff')) return text;
  const read = Buffer.from(text, 'latin1').toString('utf8');
  return read.includes('\ufffd') ? text : read;
}

/** A name without path, controls and marks that change the direction of text. */
const safe = (name: string) =>
  name
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\\/]+/gu, ' ')
    .trim()
    .slice(0, NAME_CHARACTERS_MAX)
    .toWellFormed();

export interface Named {
  readonly filename: string;
  readonly contentType: string;
}

interface Headers {
  get(name: string): string | null;
}

/** A file's name and type by what its server says, else by its address. Addresses of Zapier's own say nothing. */
export function namedBy(url: string, headers: Headers): Named {
  const told = dispositionName(headers.get('content-disposition') ?? '');
  const last = new URL(url).pathname.split('/').findLast((part) => part !== '') ?? '';
  const byAddress = isOpaque(last) ? '' : decoded(last);
  const filename = safe(told ?? '') || safe(byAddress) || 'attachment';
  const type = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() || UNKNOWN_TYPE;
  const byName = TYPES[filename.split('.').at(-1)?.toLowerCase() ?? ''];
  const contentType = /^[\w.+-]+\/[\w.+-]+$/.test(type) && type !== UNKNOWN_TYPE ? type : (byName ?? UNKNOWN_TYPE);
  return { filename: withEnding(filename, contentType), contentType };
}

/** `.eJwtzLsOwiAUANB_uXMh…`: a signed bundle, not a name. */
const isOpaque = (part: string) => part.startsWith('.') || part.includes(':') || part.length > NAME_CHARACTERS_MAX;

function withEnding(filename: string, contentType: string): string {
  if (filename !== 'attachment') return filename;
  const ending = Object.entries(TYPES).find(([, type]) => type === contentType)?.[0];
  return ending === undefined ? filename : `${filename}.${ending}`;
}
