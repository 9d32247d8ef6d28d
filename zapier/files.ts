import { createHash } from 'node:crypto';
import { checkUrl } from '../adapters/node/address-guard.ts';
import { UserError } from '../shared/failure.ts';
import type { OutgoingAttachment, Takes } from '../shared/provider.ts';
import type { Deadline } from './deadline.ts';
import { USER_AGENT } from './edge.ts';
import { namedBy } from './file-name.ts';
import type { StreamedResponse, Z } from './platform.ts';

const FETCH_TIMEOUT_MS = 10_000;
const URL_CHARACTERS_MAX = 2_000;
/** So much of a file that goes by its address is looked at, to tell it from another one. */
const PRINT_BYTES_MAX = 5 * 1024 * 1024;

const SLOW =
  'The attachments could not be fetched in the time there is, so nothing was sent; try again, or send fewer.';

function checked(url: string, allowPrivate: boolean): string {
  const problem = url.length > URL_CHARACTERS_MAX ? 'It is too long.' : checkUrl(url, { allowPrivate });
  if (problem) throw new UserError(`An attachment cannot be fetched. ${problem}`);
  return url;
}

/** Zapier's own addresses of files lead on to where they lie, which its client follows and guards. No key goes along. */
async function opened(z: Z, url: string, withinMs: number): Promise<StreamedResponse> {
  const timeout = Math.max(1, Math.min(FETCH_TIMEOUT_MS, withinMs));
  const headers = { 'user-agent': USER_AGENT };
  const options = { url, raw: true, timeout, headers, skipThrowForStatus: true };
  const response = await z.request(options).catch(() => undefined);
  if (!response) throw new UserError('An attachment could not be fetched; check that its address is reachable.', 1);
  if (response.status === 200) return response;
  throw new UserError(
    `An attachment could not be fetched (HTTP ${response.status}); put it somewhere that needs no signing in.`,
    1,
  );
}

interface Stream extends AsyncIterable<Buffer> {
  destroy(error?: Error): void;
}

const isStream = (body: unknown): body is Stream =>
  typeof body === 'object' && body !== null && Symbol.asyncIterator in body && 'destroy' in body;

/** What came in time, up to one chunk more than wanted. The platform's own time-out ends with the headers. */
async function bytesOf({ body }: StreamedResponse, bytesMax: number, withinMs: number): Promise<Buffer> {
  if (!isStream(body)) return Buffer.alloc(0);
  const timer = setTimeout(() => body.destroy(new Error('late')), withinMs);
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > bytesMax) break;
    }
  } catch {
    throw new UserError(SLOW, 1);
  } finally {
    clearTimeout(timer);
    body.destroy();
  }
  return Buffer.concat(chunks);
}

export interface FetchedFile {
  readonly attachment: OutgoingAttachment;
  /** Tells its contents from others. Zapier gives the same file another address at each run. */
  readonly print: string;
}

export interface Fetching {
  readonly allowPrivate: boolean;
  readonly deadline: Deadline;
  /** Kept back for the mail itself. */
  readonly keepMs: number;
}

const printOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex').slice(0, 40);

/** Files as the vendor takes them: by address, or by content. All of them at once, in the time there is. */
export async function outgoingFiles(
  z: Z,
  urls: readonly string[],
  takes: Takes['attachments'],
  { allowPrivate, deadline, keepMs }: Fetching,
): Promise<readonly FetchedFile[]> {
  const addresses = urls.map((url) => checked(url, allowPrivate));
  const isContent = takes.by === 'content';
  if (isContent && addresses.length > takes.countMax)
    throw new UserError(`At most ${takes.countMax} attachments can be sent.`);
  const bytesMax = isContent ? takes.bytesMax : PRINT_BYTES_MAX;
  const withinMs = () => Math.max(0, deadline.leftMs() - keepMs);
  const files = await Promise.all(
    addresses.map(async (url) => {
      if (withinMs() === 0) throw new UserError(SLOW, 1);
      const response = await opened(z, url, withinMs());
      return { url, response, bytes: await bytesOf(response, bytesMax, withinMs()) };
    }),
  );
  const all = files.reduce((sum, { bytes }) => sum + bytes.length, 0);
  if (isContent && all > bytesMax)
    throw new UserError(`The attachments are larger than ${Math.floor(bytesMax / 1024 / 1024)} MB together.`, 1);
  return files.map(({ url, response, bytes }) => {
    const named = namedBy(url, response.headers);
    const content = isContent ? { contentBase64: bytes.toString('base64') } : { url };
    return { attachment: { ...named, ...content }, print: printOf(bytes) };
  });
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
  { allowPrivate, deadline }: Omit<Fetching, 'keepMs'>,
): Promise<string> {
  const response = await opened(z, checked(url, allowPrivate), deadline.leftMs());
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new UserError(
      'This file could not be kept at Zapier in the time there is; it is too large, or too slow.',
      1,
    );
    timer = setTimeout(() => reject(error), deadline.leftMs());
  });
  // Zapier counts its bytes itself: a length that was told may be that of a packed answer.
  const kept = z.stashFile(response, undefined, filename, contentType);
  return await Promise.race([kept, late]).finally(() => clearTimeout(timer));
}
