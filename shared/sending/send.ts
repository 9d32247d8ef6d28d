import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import type { Instant } from '../model.ts';
import { collection, readable } from '../store/collection.ts';
import { sendAddress } from '../store/keys.ts';
import type { Document, Store } from '../store/store.ts';
import { VERIFY_MS } from './limits.ts';
import { upgradeSend } from './upgrade.ts';

/**
 * `waiting`: not posted, goes by itself. `sending`: may be on its way. `sent`: accepted by the vendor. `confirmed`: seen in the
 * conversation. `refused`: the vendor said no. `failed`: nothing left us, and nothing will. `uncertain`: nobody knows yet; it is
 * looked for. `needs_decision`: a person decides. `decided`: by a person. `undone`: called back before it left.
 */
export const SEND_STATES = [
  'waiting',
  'sending',
  'sent',
  'confirmed',
  'refused',
  'failed',
  'uncertain',
  'needs_decision',
  'decided',
  'undone',
] as const;
export type SendState = (typeof SEND_STATES)[number];

const State = z.enum(SEND_STATES);
const Time = z.number();
const Texts = z.readonly(z.array(z.string()));

/** A file of a mail: by URL, or by content kept in documents of their own. */
const File = z.object({
  filename: z.string(),
  contentType: z.string(),
  url: z.exactOptional(z.string()),
  /** Documents the base64 of its content is cut into. */
  parts: z.exactOptional(z.number()),
  /** Of its content. */
  bytes: z.exactOptional(z.number()),
  /** Of its base64, so that a file that is not whole is noticed. */
  hash: z.exactOptional(z.string()),
});
export type SendFile = z.infer<typeof File>;

const ReplyMail = z.object({
  kind: z.literal('reply'),
  html: z.string(),
  text: z.string(),
  cc: Texts,
  bcc: Texts,
  files: z.readonly(z.array(File)),
});
export type ReplyMail = z.infer<typeof ReplyMail>;

const ForwardMail = z.object({
  kind: z.literal('forward'),
  to: Texts,
  cc: Texts,
  bcc: Texts,
  note: z.exactOptional(z.string()),
  files: z.readonly(z.array(File)),
});
export type ForwardMail = z.infer<typeof ForwardMail>;
export type Mail = ReplyMail | ForwardMail;

/** One thing that happened to a send. `detail` is a sentence for people, without the mail's text. */
const SendStep = z.object({ at: Time, state: State, detail: z.string() });
export type SendStep = z.infer<typeof SendStep>;

const StoredSend = z.object({
  id: z.string(),
  /** The caller's, or derived from what is sent. Names the send for as long as the document stays, at least 400 days. */
  key: z.string(),
  /** Hash of what is sent where; a second request under the same key must have the same. */
  payload: z.string(),
  connection: z.string(),
  threadId: z.string(),
  /** The thread's key, by which a conversation is one however its id is written. */
  threadKey: z.string(),
  kind: z.enum(['reply', 'forward']),
  /** Gone 90 days after it was accepted. */
  mail: z.exactOptional(z.union([ReplyMail, ForwardMail])),
  /** Who asked: `api`, `cli`, `automation:SINK`. */
  by: z.string(),
  acceptedAt: Time,
  /** Not posted before, so that it can be called back. */
  holdUntil: z.exactOptional(Time),
  /** Post only while this is the newest message of the thread, but for mail of ours. */
  ifLatest: z.exactOptional(z.string()),
  /** How many messages of the lead's were there when that was asked: one that is dated back shows. */
  inboundThen: z.exactOptional(z.number()),
  /** Post only while nobody has answered this message. */
  unlessAnswered: z.exactOptional(z.object({ message: z.string(), sentAt: Time })),
  /** The person who lets it pass others of its conversation. */
  overrideBy: z.exactOptional(z.string()),
  /** The event and the sink whose step it is. */
  event: z.exactOptional(z.string()),
  sink: z.exactOptional(z.string()),
  /** When the reply was sent that a machine acts on. */
  repliedAt: z.exactOptional(Time),

  state: State,
  /** Posts begun. */
  attempt: z.number(),
  /** The run that began the last post. */
  owner: z.exactOptional(z.string()),
  /** No post begins after it. */
  postBefore: z.exactOptional(Time),
  /** When trying ends: from then on a `waiting` send becomes `failed`. */
  tryUntil: Time,
  /** Posts of which it is certain that nothing left, since it was accepted or sent again. */
  failedAttempts: z.number(),
  /** Posts that may have left: no answer to them proves that they did not. */
  mayHaveLeft: z.readonly(z.array(z.number())),
  /** One of them was accepted by the vendor. */
  accepted: z.exactOptional(z.literal(true)),
  /** Ids of the thread's newest outgoing messages before the first post that may have left. */
  before: z.exactOptional(Texts),
  /** The same as fingerprints, for vendors whose ids do not stay. */
  beforeAs: z.exactOptional(Texts),
  /** When that was, by the vendor's clock where it told it: a mail that is dated well before is hardly this one. */
  postedAt: z.exactOptional(Time),
  /** When the newest of them was sent, by the vendor's clock. */
  newestBefore: z.exactOptional(Time),
  /** When the last post was accepted or became uncertain; looking for it counts from here. */
  verifyFrom: z.exactOptional(Time),
  /** Readings that looked for it since. */
  verifications: z.number(),
  /** The vendor's id, from its answer. */
  messageId: z.exactOptional(z.string()),
  /** The message that is ours in the thread. */
  seenAs: z.exactOptional(z.string()),
  /** Messages of which only a person can say whether they are this mail, by id and by fingerprint. */
  doubts: z.exactOptional(Texts),
  /** Those a person has looked at, and wants it sent all the same. */
  passed: z.exactOptional(Texts),
  /** When the copy was taken of whose restoring a person was asked: it may have gone out from where that was taken. */
  askedOfCopy: z.exactOptional(Time),
  refusedRecipients: z.exactOptional(Texts),
  /** How often a person had to be told of it, and how often that was done. */
  notices: z.number(),
  noticesGiven: z.number(),
  steps: z.readonly(z.array(SendStep)),
});
/** The value of a send's document. */
export type StoredSend = z.infer<typeof StoredSend>;

const SENDS = collection({ name: 'send', schema: StoredSend, version: 2, upgrade: upgradeSend });

/** It holds its conversation: no other machine send may be posted there. */
export const UNRESOLVED: ReadonlySet<SendState> = new Set(['waiting', 'sending', 'uncertain']);
/** It ended without a mail, as far as its state says. */
export const UNSENT: ReadonlySet<SendState> = new Set(['refused', 'failed', 'undone']);

/** Nobody waits for what becomes of it. */
export const isByMachine = ({ event }: Pick<StoredSend, 'event'>): boolean => event !== undefined;

/** A post of it may have left, from here or from where this store is a copy of. */
export const mayHaveArrived = ({ mayHaveLeft, askedOfCopy }: Pick<StoredSend, 'mayHaveLeft' | 'askedOfCopy'>) =>
  mayHaveLeft.length > 0 || askedOfCopy !== undefined;

/** It certainly did not leave, and never will unless a person says so. */
export const isDead = (send: Pick<StoredSend, 'state' | 'mayHaveLeft' | 'askedOfCopy'>): boolean =>
  UNSENT.has(send.state) && !mayHaveArrived(send);

/** It may be what a message in its conversation is. */
export const mayHaveGone = ({ state, mayHaveLeft }: StoredSend): boolean =>
  state === 'sending' || mayHaveLeft.length > 0;

/** A reply that the vendor took, and that no reading of the conversation has shown by now; it is not looked for any more. */
export const isNeverSeen = ({ state, kind, verifications }: StoredSend): boolean =>
  state === 'sent' && kind === 'reply' && verifications >= VERIFY_MS.length;

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';
const ID_CHARACTERS = 32;

export const hashOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');

export function sendId(key: string): string {
  const digest = createHash('sha256')
    .update(JSON.stringify(['send', key]))
    .digest();
  return `snd_${Array.from(digest.subarray(0, ID_CHARACTERS), (byte) => BASE32[byte & 31]).join('')}`;
}

/** A send as it was read, with what a later write must find unchanged. */
export interface ReadSend {
  readonly send: StoredSend;
  readonly version: number;
  readonly dueAt?: Instant;
}

/** Throws `Unreadable` for a document that is there and cannot be read: it must not be taken for none. */
export async function readSend(store: Store, id: string): Promise<ReadSend | undefined> {
  const stored = readable(await SENDS.get(store, sendAddress(id)));
  if (!stored) return undefined;
  const { value: send, version, dueAt } = stored;
  return { send, version, ...(dueAt === undefined ? {} : { dueAt }) };
}

/** The send a document holds, for whoever has read it already. */
export const sendIn = (store: Store, document: Document): StoredSend | undefined =>
  readable(SENDS.read(store, document))?.value;

/** False: somebody else was first, or this very write went through and its answer was lost; read again. */
export async function writeSend(
  store: Store,
  send: StoredSend,
  dueAt: Instant | undefined,
  expected: number,
): Promise<boolean> {
  const due = dueAt === undefined ? {} : { dueAt };
  return await SENDS.put(store, { ...sendAddress(send.id), value: send, ...due }, expected);
}
