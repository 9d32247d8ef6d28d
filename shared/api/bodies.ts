import * as z from 'zod/mini';
import { EVENT_TYPES } from '../events/event.ts';
import { UNDO_MAX_MS } from '../sending/limits.ts';
import { SEND_STATES } from '../sending/send.ts';
import { DEFAULT_SCOPES, SCOPES } from './scopes.ts';

/** What a request may hold. A key that is not here is refused by its name. */

const WORDS_MAX = 2_000;
/** Room for a mail's whole text; how much of it a mail takes is the send protocol's to say. */
const TEXT_MAX = 4_000_000;
/** A file of 10 MB in base64, and some. */
const BASE64_MAX = 15_000_000;

const told = (text: string) => z.describe(text);
const words = (text: string) => z.optional(z.string().check(z.minLength(1), z.maxLength(WORDS_MAX))).check(told(text));
const flag = (text: string) => z.optional(z.enum(['true', 'false'])).check(told(text));
const cursor = () => z.optional(z.string()).check(told('What the page before gave as its cursor.'));
const connection = () => words('Only this connection.');
const person = () => z.string().check(z.minLength(1), z.maxLength(100), z.regex(/^[^\p{C}\s]+( [^\p{C}\s]+)*$/u));
const addresses = (text: string) => z.optional(z.array(z.string()).check(z.maxLength(100))).check(told(text));
const span = (text: string) => z.string().check(z.maxLength(WORDS_MAX), told(`${text} Written as 30m, 24h or 7d.`));

export const ThreadsParameters = z.strictObject({
  connection: connection(),
  campaign: words('Only this campaign.'),
  interested: flag('Only leads that are interested, or only the others.'),
  intent: words("Only threads with this label of the vendor's."),
  starred: flag('Only threads with a star, or only those without.'),
  unread: flag('Only unread threads, or only read ones.'),
  search: words('Only threads that contain this text.'),
  sent: flag('The list of sent mail in place of the replies.'),
  sort: words("The vendor's own sort word; needs a connection."),
  cursor: cursor(),
});
export const EventsParameters = z.strictObject({
  type: z.optional(z.enum(EVENT_TYPES)),
  since: z.optional(span('Only what was recorded in this span up to now.')),
  undelivered: flag('Only what has not arrived at every sink.'),
  connection: connection(),
  campaign: words('Only this campaign.'),
  order: z.optional(z.enum(['asc', 'desc'])).check(told('Oldest first, unless desc: newest first.')),
  limit: z
    .optional(z.string().check(z.regex(/^(?:[1-9]\d?|1\d\d|200)$/)))
    .check(told('1 to 200 events a page; 100 unless said.')),
  cursor: cursor(),
  after: z.optional(z.string()).check(told('What an answer gave as "latest": only what was recorded since.')),
});
export const SendsParameters = z.strictObject({
  state: z.optional(z.enum(SEND_STATES)),
  thread: words('Only of this thread: CONNECTION/THREAD.'),
  cursor: cursor(),
});
export const ConnectionParameters = z.strictObject({ connection: connection() });

const OutgoingFile = z.strictObject({
  filename: z.string().check(z.minLength(1), z.maxLength(255)),
  contentType: z.string().check(z.minLength(1), z.maxLength(255)),
  url: z.optional(z.string().check(z.maxLength(WORDS_MAX))).check(told('Where the file lies; this or contentBase64.')),
  contentBase64: z.optional(z.string().check(z.maxLength(BASE64_MAX))),
});
const files = () => z.optional(z.array(OutgoingFile).check(z.maxLength(50)));
const undoSeconds = () =>
  z
    .optional(z.int().check(z.minimum(0), z.maximum(UNDO_MAX_MS / 1_000)))
    .check(told('It waits so long before it goes, and can be called back until then.'));

export const ReplyBody = z.strictObject({
  html: z.optional(z.string().check(z.maxLength(TEXT_MAX))).check(told('At least one of html and text.')),
  text: z.optional(z.string().check(z.maxLength(TEXT_MAX))).check(told('The other one is made from it.')),
  cc: addresses('Bare addresses.'),
  bcc: addresses('Bare addresses.'),
  undoSeconds: undoSeconds(),
  attachments: files(),
  ifLatestMessageId: words('Send only while this is the newest message of the thread.'),
  override: z
    .optional(person())
    .check(
      told(
        'The name of the person who lets this reply pass an unsettled send, or the same words sent before; these with an Idempotency-Key of their own.',
      ),
    ),
});
export const ForwardBody = z.strictObject({
  to: z.array(z.string()).check(z.minLength(1), z.maxLength(100), told('Bare addresses, at least one.')),
  cc: addresses('Bare addresses.'),
  bcc: addresses('Bare addresses.'),
  note: z.optional(z.string().check(z.maxLength(TEXT_MAX))).check(told('Your own words on top.')),
  undoSeconds: undoSeconds(),
  attachments: files(),
});
export const StarBody = z.strictObject({ starred: z.boolean() });
export const ReadBody = z.strictObject({ read: z.boolean() });
export const DecisionBody = z.strictObject({
  verdict: z.enum(['sent', 'resend']).check(told('It was sent, or it is to be sent again.')),
  by: z.optional(person()).check(told('The name of the person who decides.')),
});

export const ReplayBody = z.strictObject({ sink: words('To this sink only.') });
export const ReplayAllBody = z.strictObject({
  failedSince: span('What failed in this span up to now.'),
  sink: words('To this sink only.'),
});
export const BackfillBody = z.strictObject({
  since: z.string().check(z.maxLength(WORDS_MAX), told('How far back: all, or a span written as 30m, 24h or 7d.')),
});
export const BackupBody = z.strictObject({
  file: z
    .string()
    .check(
      z.minLength(1),
      z.maxLength(WORDS_MAX),
      told('Where the copy goes on the machine of the process, as a whole path.'),
    ),
});
export const TokenBody = z.strictObject({
  name: person(),
  scopes: z
    .optional(z.array(z.enum(SCOPES)).check(z.minLength(1), z.maxLength(SCOPES.length)))
    .check(told(`What it may be used for; ${DEFAULT_SCOPES.join(', ')} unless said.`)),
});

const names = (text: string) =>
  z.optional(
    z.array(z.string().check(z.minLength(1), z.maxLength(200))).check(z.minLength(1), z.maxLength(100), told(text)),
  );
export const SubscriptionBody = z.strictObject({
  url: z.string().check(z.minLength(1), z.maxLength(WORDS_MAX), told('Where to post; https. One subscription a URL.')),
  events: z.optional(z.array(z.enum(EVENT_TYPES)).check(z.minLength(1))).check(told('Only these types.')),
  connections: names('Only of these connections.'),
  campaigns: names('Only of these campaigns.'),
  interested: z.optional(z.boolean()).check(told('Only of leads that are interested, or only of the others.')),
  intents: names("Only with one of these labels of the vendor's, however they are written."),
});

export type SubscriptionBody = z.infer<typeof SubscriptionBody>;
export type ReplyBody = z.infer<typeof ReplyBody>;
export type ForwardBody = z.infer<typeof ForwardBody>;
