import { cut } from '../text/plain.ts';
import type { Event, ReplyData } from './event.ts';

/** EventBridge and SQS take 256 KB, a DynamoDB item 400 KB; the deliveries' states need room too. */
export const EVENT_BYTES_MAX = 200_000;
const LIST_MAX = 50;
const URL_CHARACTERS_MAX = 2_000;

type ReplyEvent = Extract<Event, { data: ReplyData }>;
type Cut = (data: ReplyData, bytesOver: number) => ReplyData;

const bytesOf = (text: string) => Buffer.byteLength(JSON.stringify(text));
/** In UTF-8, of each unit that `length` counts. */
const BYTES_OF_CHARACTER_MAX = 3;
/** Of the quotes around a text. */
const QUOTES_BYTES = 2;

/** One after the other until it fits. Half an HTML document is not safe to show, so HTML goes as a whole. */
const CUTS: readonly Cut[] = [
  (data) => ({ ...data, message: { ...data.message, html: null } }),
  (data, over) => ({ ...data, message: { ...data.message, text: cutBytes(data.message.text, over) } }),
  (data) => ({ ...data, vendor: {} }),
  (data) => ({ ...data, thread: { ...data.thread, tags: data.thread.tags.slice(0, LIST_MAX) } }),
  ({ message, ...data }) => ({
    ...data,
    message: {
      ...message,
      to: message.to.slice(0, LIST_MAX),
      cc: message.cc.slice(0, LIST_MAX),
      bcc: message.bcc.slice(0, LIST_MAX),
      attachments: message.attachments
        .slice(0, LIST_MAX)
        .map((file) => ({ ...file, url: (file.url?.length ?? 0) > URL_CHARACTERS_MAX ? null : file.url })),
    },
  }),
  (data) => ({ ...data, message: { ...data.message, to: [], cc: [], bcc: [], attachments: [] } }),
];

/** A character takes one to six bytes of JSON; keeping at least a tenth leaves the answer readable when others are to blame. */
function cutBytes(text: string, over: number): string {
  const least = Math.min(text.length, EVENT_BYTES_MAX / 10);
  let kept = text;
  let characters = text.length;
  let gone = 0;
  while (characters > least && gone < over) {
    characters = Math.max(least, Math.floor(characters * 0.9));
    const shorter = cut(text, characters);
    gone += bytesOf(kept.slice(shorter.length)) - QUOTES_BYTES;
    kept = shorter;
  }
  return kept;
}

/** By how many bytes it is too long; few events are long enough that these need to be counted. */
function bytesOver(event: ReplyEvent): number {
  const json = JSON.stringify(event);
  return json.length * BYTES_OF_CHARACTER_MAX <= EVENT_BYTES_MAX ? 0 : Buffer.byteLength(json) - EVENT_BYTES_MAX;
}

/** The event within {@link EVENT_BYTES_MAX}, marked `truncated` when something had to go. */
export function fitEvent(event: ReplyEvent): ReplyEvent {
  let fitting = event;
  for (const shorten of CUTS) {
    const over = bytesOver(fitting);
    if (over <= 0) break;
    // Room for the mark itself.
    fitting = { ...event, data: { ...shorten(fitting.data, over + 32), truncated: true } };
  }
  return fitting;
}
