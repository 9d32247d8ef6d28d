import { createHash } from 'node:crypto';
import type { Instant } from '../model.ts';
import type { Address, Document, Store } from '../store/store.ts';

/**
 * `waiting`: not posted, tries again by itself. `sending`: may be on its way. `sent`: accepted by the vendor. `confirmed`:
 * seen in the conversation. `refused`: the vendor said no. `failed`: nothing left us, and nothing will. `uncertain`: nobody
 * knows yet; it is looked for. `needs_decision`: looked for in vain, a person decides. `decided`: by a person.
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
] as const;
export type SendState = (typeof SEND_STATES)[number];

/** A file of a mail: by URL, or by content kept in {@link fileAddress} documents of their own. */
export interface SendFile {
  readonly filename: string;
  readonly contentType: string;
  readonly url?: string;
  /** Documents the base64 of its content is cut into. */
  readonly parts?: number;
}

export interface ReplyMail {
  readonly kind: 'reply';
  readonly html: string;
  readonly text: string;
  readonly cc: readonly string[];
  readonly bcc: readonly string[];
  readonly files: readonly SendFile[];
}

export interface ForwardMail {
  readonly kind: 'forward';
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly bcc: readonly string[];
  readonly note?: string;
  readonly files: readonly SendFile[];
}

export type Mail = ReplyMail | ForwardMail;

/** One thing that happened to a send. `detail` is a sentence for people, without the mail's text. */
export interface SendStep {
  readonly at: Instant;
  readonly state: SendState;
  readonly detail: string;
}

/** The value of a send's document. */
export interface StoredSend {
  readonly id: string;
  /** The caller's, or derived from what is sent. Names the send for as long as the document stays, at least 400 days. */
  readonly key: string;
  /** Hash of what is sent where; a second request under the same key must have the same. */
  readonly payload: string;
  readonly connection: string;
  readonly threadId: string;
  /** {@link Thread.key}. */
  readonly threadKey: string;
  readonly kind: Mail['kind'];
  /** Gone 90 days after it was accepted. */
  readonly mail?: Mail;
  /** Who asked: `api`, `cli`, `automation:SINK`. */
  readonly by: string;
  readonly acceptedAt: Instant;
  /** Post only if this is still the newest message of the thread. */
  readonly ifLatest?: string;
  /** The person who lets it pass others of its conversation. */
  readonly overrideBy?: string;

  readonly state: SendState;
  /** Posts begun. */
  readonly attempt: number;
  /** The run that began the last post. */
  readonly owner?: string;
  /** No post begins after it. */
  readonly postBefore?: Instant;
  /** When trying ends: from then on a `waiting` send becomes `failed`. */
  readonly tryUntil: Instant;
  /** Posts of which it is certain that nothing left, since it was accepted or sent again. */
  readonly misses: number;
  /** Ids of the thread's newest outgoing messages before the first post. */
  readonly before?: readonly string[];
  /** When the newest of them was sent, by the vendor's clock. */
  readonly newestBefore?: Instant;
  /** When the last post was accepted or became uncertain; looking for it counts from here. */
  readonly lookFrom?: Instant;
  /** Readings that looked for it since. */
  readonly looks: number;
  /** The vendor's id, from its answer. */
  readonly messageId?: string;
  /** The message that is ours in the thread. */
  readonly seenAs?: string;
  readonly refusedRecipients?: readonly string[];
  /** The posts a person has been told of. */
  readonly toldAttempt?: number;
  readonly steps: readonly SendStep[];
}

/** It holds its conversation: no other machine send may be posted there. */
export const UNRESOLVED: ReadonlySet<SendState> = new Set(['waiting', 'sending', 'uncertain']);

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';
const ID_CHARACTERS = 32;

export const hashOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');

export function sendId(key: string): string {
  const digest = createHash('sha256')
    .update(JSON.stringify(['send', key]))
    .digest();
  return `snd_${Array.from(digest.subarray(0, ID_CHARACTERS), (byte) => BASE32[byte & 31]).join('')}`;
}

export const sendAddress = (id: string): Address => ({ partition: `SEND#${id}`, key: 'send' });
/** Named by the payload too: a refused request under the same key must not leave its files to another. */
export const fileAddress = (
  { id, payload }: Pick<StoredSend, 'id' | 'payload'>,
  file: number,
  part: number,
): Address => ({
  partition: `SEND#${id}`,
  key: `file#${payload.slice(0, 16)}#${String(file).padStart(2, '0')}#${String(part).padStart(3, '0')}`,
});
export const isSendAddress = ({ partition, key }: Address): boolean => partition.startsWith('SEND#') && key === 'send';

/** A send as it was read, with what a later write must find unchanged. */
export interface KeptSend {
  readonly send: StoredSend;
  readonly version: number;
  readonly dueAt?: Instant;
}

const kept = ({ value, version, dueAt }: Document): KeptSend => ({
  send: value as unknown as StoredSend,
  version,
  ...(dueAt === undefined ? {} : { dueAt }),
});

export async function readSend(store: Store, id: string): Promise<KeptSend | undefined> {
  const document = await store.get(sendAddress(id));
  return document && kept(document);
}

/** False: somebody else was first, or this very write went through and its answer was lost; read again. */
export async function writeSend(
  store: Store,
  send: StoredSend,
  dueAt: Instant | undefined,
  expected: number,
): Promise<boolean> {
  const due = dueAt === undefined ? {} : { dueAt };
  return await store.put({ ...sendAddress(send.id), value: send as never, ...due }, expected);
}
