import { createHash } from 'node:crypto';
import * as z from 'zod/mini';

const Person = z.object({ email: z.string(), name: z.nullable(z.string()) });

const EventThread = z.object({
  id: z.string(),
  subject: z.nullable(z.string()),
  intent: z.nullable(z.string()),
  interested: z.boolean(),
  starred: z.nullable(z.boolean()),
  read: z.nullable(z.boolean()),
  tags: z.array(z.string()),
  preview: z.nullable(z.string()),
  lastActivityAt: z.string(),
  messageCount: z.nullable(z.number()),
});

const EventMessage = z.object({
  id: z.string(),
  isFirst: z.boolean(),
  mailbox: z.nullable(z.string()),
  from: Person,
  to: z.array(Person),
  cc: z.array(Person),
  bcc: z.array(Person),
  subject: z.nullable(z.string()),
  preview: z.string(),
  text: z.string(),
  html: z.nullable(z.string()),
  sentAt: z.string(),
  attachments: z.array(
    z.object({
      filename: z.string(),
      contentType: z.string(),
      sizeBytes: z.nullable(z.number()),
      url: z.nullable(z.string()),
    }),
  ),
});

export const ReplyData = z.object({
  connection: z.string(),
  provider: z.string(),
  campaign: z.nullable(z.object({ id: z.nullable(z.string()), name: z.nullable(z.string()) })),
  lead: Person,
  thread: EventThread,
  message: EventMessage,
  vendor: z.record(z.string(), z.unknown()),
  backfill: z.optional(z.literal(true)),
  truncated: z.optional(z.literal(true)),
});

export const UnreadableData = z.object({
  connection: z.string(),
  provider: z.string(),
  thread: z.nullable(z.string()),
  item: z.string(),
  issues: z.array(z.string()),
});

export const ConnectionData = z.object({
  connection: z.string(),
  provider: z.string(),
  /** When the trouble began. */
  episode: z.string(),
  reason: z.string(),
});

export const SinkData = z.object({ sink: z.string(), episode: z.string(), reason: z.string() });

export const SendData = z.object({
  connection: z.string(),
  provider: z.string(),
  /** Send id (`snd_…`), for the decision. */
  send: z.string(),
  /** Its idempotency key. */
  key: z.string(),
  kind: z.enum(['reply', 'forward']),
  /** Which post it is about, from 1. */
  attempt: z.number(),
  thread: z.string(),
  /** What to do, in a sentence. */
  detail: z.string(),
});

/** A send that ended without a mail, and nobody was there to see it. */
export const FailedSendData = z.extend(SendData, {
  state: z.enum(['failed', 'refused']),
  /** Who asked for it: `api`, `cli`, `automation:SINK`. */
  by: z.string(),
});

const typed = <Type extends string, Data extends z.ZodMiniType>(type: Type, data: Data) =>
  z.object({ type: z.literal(type), timestamp: z.string(), data });

/** One schema per event type; the JSON Schemas under docs/ are generated from these. */
export const EVENT_SCHEMAS = {
  'reply.received': typed('reply.received', ReplyData),
  'reply.interested': typed('reply.interested', ReplyData),
  'reply.unreadable': typed('reply.unreadable', UnreadableData),
  'connection.unauthorized': typed('connection.unauthorized', ConnectionData),
  'connection.recovered': typed('connection.recovered', ConnectionData),
  'sink.disabled': typed('sink.disabled', SinkData),
  'send.needs_decision': typed('send.needs_decision', SendData),
  'send.failed': typed('send.failed', FailedSendData),
} as const;

export type EventType = keyof typeof EVENT_SCHEMAS;
export const EVENT_TYPES = Object.keys(EVENT_SCHEMAS) as readonly EventType[];

/** What a sink receives: the Standard Webhooks payload. */
export type Event = { [Type in EventType]: z.infer<(typeof EVENT_SCHEMAS)[Type]> }[EventType];
export type ReplyData = z.infer<typeof ReplyData>;

/** The sentence in an event that is not about a reply. */
export function whyOf(data: Exclude<Event['data'], ReplyData>): string {
  if ('reason' in data) return data.reason;
  return 'issues' in data ? data.issues.join('; ') : data.detail;
}

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';
const ID_BYTES = 20;

/** Of a multiple of five bytes. */
function base32(bytes: Uint8Array): string {
  let text = '';
  let read = 0;
  let unread = 0;
  for (const byte of bytes) {
    read = ((read << 8) | byte) & 0xfff;
    for (unread += 8; unread >= 5; unread -= 5) text += BASE32.charAt((read >> (unread - 5)) & 31);
  }
  return text;
}

/**
 * `evt_` + base32 of the first 160 bits of sha256 over the JSON of the parts, in this order: type, connection, then the
 * thread's key and the message id, or whatever else names the happening. Never random: the same reply has the same id for ever.
 */
export function eventId(type: EventType, connection: string, ...parts: readonly string[]): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([type, connection, ...parts]))
    .digest();
  return `evt_${base32(hash.subarray(0, ID_BYTES))}`;
}
