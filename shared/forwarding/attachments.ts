import { ProviderError } from '../failure.ts';
import type { Attachment } from '../model.ts';
import type { Clock } from '../ports.ts';
import { attachmentBytes, type OutgoingAttachment } from '../provider.ts';
import type { LeftOut } from './compose.ts';
import { FETCHING_MS, FILES_BYTES_MAX, FILES_MAX } from './limits.ts';

export type FetchFile = (url: string, bytesMax: number) => Promise<{ readonly contentBase64: string }>;

export interface Gathered {
  readonly attachments: readonly OutgoingAttachment[];
  readonly leftOut: readonly LeftOut[];
}

const TOO_LARGE = 'too large for a mail';

/** A file, or why it does not go along: the forward goes without it. */
async function fetched(file: Attachment, fetchFile: FetchFile, room: number): Promise<OutgoingAttachment | string> {
  if (file.url === undefined) return 'only in the conversation';
  if ((file.sizeBytes ?? 0) > room) return TOO_LARGE;
  try {
    const { contentBase64 } = await fetchFile(file.url, room);
    return { filename: file.filename, contentType: file.contentType, contentBase64 };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return 'could not be fetched';
  }
}

/** The sender's own files, and behind them those of the message, as far as there is room and time. */
export async function gather(
  own: readonly OutgoingAttachment[],
  files: readonly Attachment[],
  { fetchFile, clock }: { readonly fetchFile: FetchFile; readonly clock: Pick<Clock, 'now'> },
): Promise<Gathered> {
  const attachments = [...own];
  const leftOut: LeftOut[] = [];
  const until = clock.now() + FETCHING_MS;
  let room = FILES_BYTES_MAX - own.reduce((sum, file) => sum + attachmentBytes(file), 0);
  for (const file of files) {
    const leave = (reason: string) => leftOut.push({ filename: file.filename, reason });
    if (attachments.length >= FILES_MAX) leave('too many for a mail');
    else if (clock.now() >= until) leave('fetching took too long');
    else {
      const result = await fetched(file, fetchFile, room);
      if (typeof result === 'string') leave(result);
      else if (attachmentBytes(result) > room) leave(TOO_LARGE);
      else {
        attachments.push(result);
        room -= attachmentBytes(result);
      }
    }
  }
  return { attachments, leftOut };
}
