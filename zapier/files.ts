import { checkUrl } from '../adapters/node/address-guard.ts';
import { UserError } from '../shared/failure.ts';
import type { OutgoingAttachment, Takes } from '../shared/provider.ts';
import type { StreamedResponse, Z } from './platform.ts';

const FETCH_TIMEOUT_MS = 10_000;
const URL_CHARACTERS_MAX = 2_000;
const NAME_CHARACTERS_MAX = 120;

/** What mail carries most. A file that is only named by its address is not looked into. */
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

const DISPOSITION = /filename\*?=(?:UTF-8'')?"?([^";]+)"?/i;

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function nameOf(url: string, response?: StreamedResponse): string {
  const told = DISPOSITION.exec(response?.headers.get('content-disposition') ?? '')?.[1];
  const last = told ?? new URL(url).pathname.split('/').findLast((part) => part !== '') ?? '';
  const name = decoded(last)
    .replace(/[\p{Cc}\\/]+/gu, ' ')
    .trim();
  return name.slice(0, NAME_CHARACTERS_MAX) || 'attachment';
}

const typeByName = (filename: string) => TYPES[filename.split('.').at(-1)?.toLowerCase() ?? ''] ?? UNKNOWN_TYPE;

function checked(url: string, allowPrivate: boolean): string {
  const problem = url.length > URL_CHARACTERS_MAX ? 'It is too long.' : checkUrl(url, { allowPrivate });
  if (problem) throw new UserError(`An attachment cannot be fetched. ${problem}`);
  return url;
}

/** Zapier's own addresses of files lead on to where they lie, which its client follows and guards. No key goes along. */
async function opened(z: Z, url: string): Promise<StreamedResponse> {
  const options = { url, raw: true, timeout: FETCH_TIMEOUT_MS, skipThrowForStatus: true };
  const response = await z.request(options).catch(() => undefined);
  if (!response) throw new UserError('An attachment could not be fetched; check that its address is reachable.', 1);
  if (response.status === 200) return response;
  throw new UserError(
    `An attachment could not be fetched (HTTP ${response.status}); put it somewhere that needs no signing in.`,
    1,
  );
}

async function bytesOf(response: StreamedResponse, bytesMax: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response.body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > bytesMax)
      throw new UserError(`The attachments are larger than ${Math.floor(bytesMax / 1024 / 1024)} MB together.`, 1);
  }
  return Buffer.concat(chunks);
}

const typeOf = (response: StreamedResponse) =>
  response.headers.get('content-type')?.split(';')[0]?.trim() || UNKNOWN_TYPE;

/** Files as the vendor takes them: by address, or by content. */
export async function outgoingFiles(
  z: Z,
  urls: readonly string[],
  takes: Takes['attachments'],
  allowPrivate = false,
): Promise<readonly OutgoingAttachment[]> {
  const addresses = urls.map((url) => checked(url, allowPrivate));
  if (takes.by === 'url')
    return addresses.map((url) => ({ url, filename: nameOf(url), contentType: typeByName(nameOf(url)) }));
  if (addresses.length > takes.countMax) throw new UserError(`At most ${takes.countMax} attachments can be sent.`);
  const files: OutgoingAttachment[] = [];
  let left = takes.bytesMax;
  for (const url of addresses) {
    const response = await opened(z, url);
    const bytes = await bytesOf(response, left);
    left -= bytes.length;
    const contentBase64 = bytes.toString('base64');
    files.push({ filename: nameOf(url, response), contentType: typeOf(response), contentBase64 });
  }
  return files;
}

export interface RemoteFile {
  readonly url: string;
  readonly filename: string;
  readonly contentType: string;
}

/** Keeps one file of a reply at Zapier, when a later step uses it. */
export async function stashed(
  z: Z,
  { url, filename, contentType }: RemoteFile,
  allowPrivate: boolean,
): Promise<string> {
  const response = await opened(z, checked(url, allowPrivate));
  // Zapier counts its bytes itself: a length that was told may be that of a packed answer.
  return await z.stashFile(response, undefined, filename, contentType);
}
