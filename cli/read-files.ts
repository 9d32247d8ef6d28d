import { basename, extname } from 'node:path';
import { readRegularFile } from '../adapters/node/regular-file.ts';
import { UserError } from '../shared/failure.ts';
import { decodeText } from '../shared/text/decode.ts';

/** All files of a mail together; no vendor takes more. */
const FILES_BYTES_MAX = 10 * 1024 * 1024;
const WORDS_BYTES_MAX = 1024 * 1024;
const WEB_ADDRESS = /^https?:\/\//i;

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.csv': 'text/csv',
  '.doc': 'application/msword',
  '.docx': 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  '.gif': 'image/gif',
  '.htm': 'text/html',
  '.html': 'text/html',
  '.ics': 'text/calendar',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.json': 'application/json',
  '.md': 'text/markdown',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.ppt': 'application/vnd.ms-powerpoint',
  '.pptx': 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain',
  '.webp': 'image/webp',
  '.xls': 'application/vnd.ms-excel',
  '.xlsx': 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  '.zip': 'application/zip',
};

const contentTypeOf = (filename: string): string =>
  CONTENT_TYPES[extname(filename).toLowerCase()] ?? 'application/octet-stream';

export type AttachedFile = {
  readonly filename: string;
  readonly contentType: string;
  readonly url?: string;
  readonly contentBase64?: string;
};

function fileAtUrl(url: string): AttachedFile {
  const path = URL.parse(url)?.pathname ?? '';
  const name = basename(path);
  const filename = readable(name) || 'attachment';
  return { filename, contentType: contentTypeOf(filename), url };
}

function readable(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** What is larger is told by `tooLarge`. */
async function contentOf(path: string, bytesMax: number, tooLarge: string): Promise<Buffer> {
  const read = await readRegularFile(path, bytesMax);
  switch (read) {
    case 'absent':
      throw new UserError(`There is no file ${path}; check the path.`);
    case 'no file':
      throw new UserError(`${path} is not a file; name the file itself.`);
    case 'unreadable':
      throw new UserError(`The file ${path} cannot be read; give yourself the right to read it.`);
    case 'too large':
      throw new UserError(tooLarge);
    default:
      return read;
  }
}

/** Files by path are read now; those by web address are named only. */
export async function readAttachments(places: readonly string[]): Promise<readonly AttachedFile[]> {
  const files: AttachedFile[] = [];
  let bytes = 0;
  for (const place of places) {
    if (WEB_ADDRESS.test(place)) {
      files.push(fileAtUrl(place));
      continue;
    }
    const tooLarge = `With ${place} the attachments are larger than 10 MB together, the most a mail takes.`;
    const content = await contentOf(place, FILES_BYTES_MAX - bytes, tooLarge);
    bytes += content.length;
    const filename = basename(place);
    files.push({ filename, contentType: contentTypeOf(filename), contentBase64: content.toString('base64') });
  }
  return files;
}

async function readStandardInput(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin) {
    bytes += chunk.length;
    if (bytes > WORDS_BYTES_MAX) throw new UserError('What comes in is longer than 1 MB; a reply cannot be that long.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function wordsIn(bytes: Uint8Array, named: string): string {
  const words = decodeText(bytes);
  if (words === undefined) throw new UserError(`${named} is no text in UTF-8 or UTF-16; save it as UTF-8 first.`);
  return words;
}

/** The words of a reply from a file; "-" is standard input. What ends in .html is HTML. */
export async function readWords(path: string): Promise<{ readonly html: string } | { readonly text: string }> {
  if (path === '-') return { text: wordsIn(await readStandardInput(), 'What comes in') };
  const content = await contentOf(path, WORDS_BYTES_MAX, `${path} is longer than 1 MB; a reply cannot be that long.`);
  const words = wordsIn(content, path);
  return /\.html?$/i.test(path) ? { html: words } : { text: words };
}
