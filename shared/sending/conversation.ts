import * as z from 'zod/mini';
import type { Instant } from '../model.ts';
import { collection, readable } from '../store/collection.ts';
import { conversationAddress } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import { countDay, dayOf } from './caps.ts';
import { type Fingerprints, identify } from './fingerprint.ts';
import { SAME_TEXT_MS } from './limits.ts';
import type { SendingConnection, SendingLimits, SendingPorts } from './ports.ts';
import { hashOf, isDead, readSend, type StoredSend, UNRESOLVED } from './send.ts';
import { writtenInText } from './written.ts';

const TRIES = 8;
/** Sends a conversation remembers: many times what a person has open in one. */
const RECENT_MAX = 50;
const CLAIMS_MAX = 200;

/** A send that was to be posted, to notice the same words under another key. */
const Recent = z.object({
  id: z.string(),
  payload: z.string(),
  /** Hash of a reply's words alone; absent in what the first version wrote. */
  words: z.exactOptional(z.string()),
  at: z.number(),
});
type Recent = z.infer<typeof Recent>;

/** A message in the conversation, and the one send that it confirms. */
const Claim = z.object({
  message: z.string(),
  /** The message's, for vendors whose ids do not stay. */
  fingerprint: z.exactOptional(z.string()),
  send: z.string(),
});
type Claim = z.infer<typeof Claim>;

/** The value of a conversation's document: who may post in it, how much was posted, and what was found to be whose. */
const Conversation = z.object({
  /** Sends that acquired it and may not be settled yet; more than one only where a person let one pass. */
  holders: z.readonly(z.array(z.string())),
  day: z.string(),
  count: z.number(),
  /** Which sends `count` counts; the first version did not know. */
  counted: z.exactOptional(z.readonly(z.array(z.string()))),
  recent: z.readonly(z.array(Recent)),
  claims: z.exactOptional(z.readonly(z.array(Claim))),
});
type Conversation = z.infer<typeof Conversation>;

const CONVERSATIONS = collection({ name: 'conversation', schema: Conversation });

const EMPTY: Conversation = { holders: [], day: '', count: 0, recent: [] };

type Named = Pick<StoredSend, 'connection' | 'threadKey'>;
const addressOf = ({ connection, threadKey }: Named) => conversationAddress(connection, threadKey);

async function read(store: Store, send: Named): Promise<Conversation> {
  return readable(await CONVERSATIONS.get(store, addressOf(send)))?.value ?? EMPTY;
}

/**
 * What a person reads of a reply, word for word as a message is told by: the same under two payloads where its people, its files,
 * its blanks or its markup differ.
 */
export function wordsHash({ mail }: Pick<StoredSend, 'mail'>): string {
  if (mail?.kind !== 'reply') return '';
  return hashOf(writtenInText(mail.text).words.map(({ text }) => text)).slice(0, 32);
}

/** Another send that repeats this one, and whether all of it or its words alone. */
export interface Twin {
  readonly id: string;
  readonly isWhole: boolean;
}

/** What it repeats, as the middle of a sentence. */
export const repeatText = ({ id, isWhole }: Twin): string =>
  `the same words went to this conversation within the last day${isWhole ? '' : ', written otherwise or with other people or files'} (${id})`;

/** Another send of the same words within the last day that may have arrived, or may yet. */
async function twinAmong(ports: Pick<SendingPorts, 'store' | 'clock'>, send: StoredSend, recent: readonly Recent[]) {
  const since = ports.clock.now() - SAME_TEXT_MS;
  const hash = wordsHash(send);
  for (const { id, payload, words, at } of recent) {
    const isWhole = payload === send.payload;
    if (id === send.id || at < since || !(isWhole || (hash !== '' && words === hash))) continue;
    const other = (await readSend(ports.store, id))?.send;
    if (other && !isDead(other)) return { id, isWhole } satisfies Twin;
  }
  return undefined;
}

/** An earlier send of the same words in this conversation, if there is one. Replies only. */
export async function twinOf(
  ports: Pick<SendingPorts, 'store' | 'clock'>,
  send: StoredSend,
): Promise<Twin | undefined> {
  if (send.kind !== 'reply') return undefined;
  return await twinAmong(ports, send, (await read(ports.store, send)).recent);
}

async function unresolved(store: Store, ids: readonly string[]): Promise<readonly string[]> {
  const open: string[] = [];
  for (const id of ids) {
    const other = await readSend(store, id);
    if (other && UNRESOLVED.has(other.send.state)) open.push(id);
  }
  return open;
}

export type Acquired =
  | { readonly kind: 'acquired' }
  | { readonly kind: 'busy'; readonly holder?: string }
  | { readonly kind: 'twin'; readonly of: Twin }
  | { readonly kind: 'over'; readonly what: string };

/** Who else is in the way, by the document as it is. */
async function hindrance(
  ports: Pick<SendingPorts, 'store' | 'clock'>,
  send: StoredSend,
  value: Conversation,
): Promise<Acquired | undefined> {
  if (send.overrideBy !== undefined) return undefined;
  const others = await unresolved(ports.store, besides(value.holders, send));
  if (others[0] !== undefined) return { kind: 'busy', holder: others[0] };
  const twin = send.kind === 'reply' ? await twinAmong(ports, send, value.recent) : undefined;
  return twin && { kind: 'twin', of: twin };
}

const besides = (ids: readonly string[], { id }: StoredSend) => ids.filter((other) => other !== id);

/** Ids counted on this day; those of the first version, which kept a number alone, without their names. */
function countedOn(day: string, value: Conversation): readonly string[] {
  if (value.day !== day) return [];
  return value.counted ?? Array.from({ length: value.count }, () => '');
}

function withCounted(value: Conversation, send: StoredSend, now: Instant): Conversation {
  const day = dayOf(now);
  const counted = countedOn(day, value);
  const all = counted.includes(send.id) ? counted : [...counted, send.id];
  const words = wordsHash(send);
  const entry: Recent = { id: send.id, payload: send.payload, ...(words === '' ? {} : { words }), at: now };
  const recent = [...value.recent.filter(({ id }) => id !== send.id), entry].slice(-RECENT_MAX);
  return { ...value, day, count: all.length, counted: all, recent };
}

/** Within today's limit, counted already or not: a limit that was lowered since holds too. */
function fits(value: Conversation, send: StoredSend, now: Instant, most: number): boolean {
  const counted = countedOn(dayOf(now), value);
  const at = counted.indexOf(send.id);
  return (at < 0 ? counted.length : at) < most;
}

/** Why it is beyond a limit; counts it on its connection's day where it is not. */
async function overLimit(
  { store, clock }: Pick<SendingPorts, 'store' | 'clock'>,
  send: StoredSend,
  value: Conversation,
  { perDay, perConversationPerDay }: SendingLimits,
): Promise<Acquired | undefined> {
  const now = clock.now();
  if (!fits(value, send, now, perConversationPerDay))
    return { kind: 'over', what: `${perConversationPerDay} mails a day in one conversation` };
  const counted = await countDay(store, send, { now, perDay });
  if (counted === 'over') return { kind: 'over', what: `${perDay} mails a day` };
  return counted === 'contended' ? { kind: 'busy' } : undefined;
}

const isHeldAndCounted = (value: Conversation, { id }: StoredSend, now: Instant) =>
  value.holders.includes(id) && countedOn(dayOf(now), value).includes(id);

/**
 * Makes the send one that may post in its conversation, and counts it. Asked before every post. It is not given back: a later
 * send looks whether the holder is settled.
 */
export async function acquireConversation(
  ports: Pick<SendingPorts, 'store' | 'clock'>,
  send: StoredSend,
  { limits }: SendingConnection,
): Promise<Acquired> {
  let found: Acquired = { kind: 'busy' };
  const updated = await CONVERSATIONS.update(
    ports.store,
    addressOf(send),
    async (stored) => {
      const value = stored?.value ?? EMPTY;
      const now = ports.clock.now();
      const why = (await hindrance(ports, send, value)) ?? (await overLimit(ports, send, value, limits));
      found = why ?? { kind: 'acquired' };
      if (why || isHeldAndCounted(value, send, now)) return 'keep';
      const others = await unresolved(ports.store, besides(value.holders, send));
      return { value: { ...withCounted(value, send, now), holders: [...others, send.id] } };
    },
    { tries: TRIES },
  );
  if (updated.kind === 'unreadable') throw updated.error;
  return updated.kind === 'contended' ? { kind: 'busy' } : found;
}

/** The sends that were to be posted in this conversation, newest first, without this one. */
export async function othersOf(store: Store, send: StoredSend): Promise<readonly StoredSend[]> {
  const { recent, holders } = await read(store, send);
  const ids = new Set([...recent.map(({ id }) => id), ...holders]);
  const found: StoredSend[] = [];
  for (const id of ids) {
    const other = id === send.id ? undefined : (await readSend(store, id))?.send;
    if (other) found.push(other);
  }
  return found.reverse();
}

/** By the id a message has now: the send that it was found to be. */
function claimed(claims: readonly Claim[], now: Fingerprints): ReadonlyMap<string, string> {
  const known = claims.map(({ message, ...claim }) => ({ id: message, ...claim }));
  return new Map([...identify(known, now)].map(([id, { send }]) => [id, send]));
}

/** Of the messages as they are now, those that were found to be a send. */
export async function claimsIn(store: Store, send: Named, now: Fingerprints): Promise<ReadonlyMap<string, string>> {
  const { claims = [] } = await read(store, send);
  return claimed(claims, now);
}

/**
 * Makes a message this send's, for ever: it confirms no other, also under another id. `now`: the messages of the conversation.
 * `choose` is given those that are others' and names one, or none; it is asked again when somebody was first.
 */
export async function claimMessage(
  store: Store,
  send: StoredSend,
  now: Fingerprints,
  choose: (others: ReadonlyMap<string, string>) => string | undefined,
): Promise<string | undefined> {
  let chosen: string | undefined;
  const updated = await CONVERSATIONS.update(
    store,
    addressOf(send),
    (stored) => {
      const value = stored?.value ?? EMPTY;
      const claims = value.claims ?? [];
      const mine = claims.find((claim) => claim.send === send.id);
      chosen = mine?.message ?? choose(claimed(claims, now));
      if (mine || chosen === undefined) return 'keep';
      const fingerprint = now.get(chosen);
      const claim = { message: chosen, ...(fingerprint === undefined ? {} : { fingerprint }), send: send.id };
      return { value: { ...value, claims: [...claims, claim].slice(-CLAIMS_MAX) } };
    },
    { tries: TRIES },
  );
  if (updated.kind === 'unreadable') throw updated.error;
  return updated.kind === 'contended' ? undefined : chosen;
}
