import type { Instant } from '../model.ts';
import type { Store } from '../store/store.ts';
import { SAME_TEXT_MS } from './limits.ts';
import type { SendingConnection, SendingPorts } from './ports.ts';
import { hashOf, readSend, type StoredSend, UNRESOLVED } from './send.ts';

const WRITES_MAX = 8;
const RECENT_MAX = 20;

/** A reply of the last day, to notice the same words under another key. */
interface Recent {
  readonly id: string;
  readonly payload: string;
  readonly at: Instant;
}

/** The value of a conversation's document: who may post in it, and how much was posted. */
interface Conversation {
  /** Sends that took it and may not be settled yet; more than one only where a person let one pass. */
  readonly holders: readonly string[];
  readonly day: string;
  readonly count: number;
  readonly recent: readonly Recent[];
}

const EMPTY: Conversation = { holders: [], day: '', count: 0, recent: [] };

const addressOf = ({ connection, threadKey }: Pick<StoredSend, 'connection' | 'threadKey'>) => ({
  partition: `CONVERSATION#${connection}#${hashOf(threadKey).slice(0, 40)}`,
  key: 'sends',
});

const dayOf = (now: Instant): string => new Date(now).toISOString().slice(0, 10);

async function read(store: Store, send: Pick<StoredSend, 'connection' | 'threadKey'>) {
  const document = await store.get(addressOf(send));
  return { value: (document?.value as unknown as Conversation) ?? EMPTY, version: document?.version ?? 0 };
}

/** Another send of the same words that may have arrived, or may yet. */
async function sameWords(ports: Pick<SendingPorts, 'store' | 'clock'>, send: StoredSend, recent: readonly Recent[]) {
  const since = ports.clock.now() - SAME_TEXT_MS;
  const others = recent.filter(({ id, payload, at }) => payload === send.payload && id !== send.id && at >= since);
  for (const { id } of others) {
    const state = (await readSend(ports.store, id))?.send.state;
    if (state !== undefined && state !== 'refused' && state !== 'failed') return id;
  }
  return undefined;
}

/** The id of an earlier send of the same words in this conversation, if there is one. Replies only. */
export async function duplicateOf(
  ports: Pick<SendingPorts, 'store' | 'clock'>,
  send: StoredSend,
): Promise<string | undefined> {
  if (send.kind !== 'reply') return undefined;
  const { value } = await read(ports.store, send);
  return await sameWords(ports, send, value.recent);
}

async function unresolved(store: Store, ids: readonly string[]): Promise<readonly string[]> {
  const open: string[] = [];
  for (const id of ids) {
    const other = await readSend(store, id);
    if (other && UNRESOLVED.has(other.send.state)) open.push(id);
  }
  return open;
}

export type Taken =
  | { readonly kind: 'taken' }
  | { readonly kind: 'busy'; readonly holder: string }
  | { readonly kind: 'duplicate'; readonly of: string }
  | { readonly kind: 'over'; readonly what: string };

/**
 * Makes the send the one that may post in its conversation. It is not given back: a later send looks whether the holder
 * is settled. A send that holds it already takes it again.
 */
export async function takeConversation(
  ports: Pick<SendingPorts, 'store' | 'clock'>,
  send: StoredSend,
  { limits }: SendingConnection,
): Promise<Taken> {
  for (let write = 0; write < WRITES_MAX; write += 1) {
    const { value, version } = await read(ports.store, send);
    const others = await unresolved(
      ports.store,
      value.holders.filter((id) => id !== send.id),
    );
    if (others[0] !== undefined && send.overrideBy === undefined) return { kind: 'busy', holder: others[0] };
    const isReply = send.kind === 'reply' && send.overrideBy === undefined;
    const same = isReply ? await sameWords(ports, send, value.recent) : undefined;
    if (same !== undefined) return { kind: 'duplicate', of: same };
    if (value.holders.includes(send.id)) return { kind: 'taken' };

    const now = ports.clock.now();
    const day = dayOf(now);
    const count = value.day === day ? value.count : 0;
    if (count >= limits.perConversationPerDay)
      return { kind: 'over', what: `${limits.perConversationPerDay} mails a day in one conversation` };
    if (!(await countDay(ports, send, limits.perDay))) return { kind: 'over', what: `${limits.perDay} mails a day` };
    const recent = [
      ...value.recent.filter(({ at }) => at >= now - SAME_TEXT_MS),
      { id: send.id, payload: send.payload, at: now },
    ];
    const next: Conversation = {
      holders: [...others, send.id],
      day,
      count: count + 1,
      recent: recent.slice(-RECENT_MAX),
    };
    if (await ports.store.put({ ...addressOf(send), value: next as never }, version)) return { kind: 'taken' };
    // Somebody was first, or this very write went through: the next reading tells.
  }
  return { kind: 'busy', holder: '' };
}

/** Counts the send on its connection's day, once: the ids are kept, so that a repeated write counts nothing twice. */
async function countDay(
  { store, clock }: Pick<SendingPorts, 'store' | 'clock'>,
  send: StoredSend,
  perDay: number,
): Promise<boolean> {
  const address = { partition: `SENDING#${send.connection}`, key: dayOf(clock.now()) };
  const mark = send.id.slice(4, 14);
  for (let write = 0; write < WRITES_MAX; write += 1) {
    const document = await store.get(address);
    const ids = (document?.value.ids as readonly string[] | undefined) ?? [];
    if (ids.includes(mark)) return true;
    if (ids.length >= perDay) return false;
    if (await store.put({ ...address, value: { ids: [...ids, mark] } }, document?.version ?? 0)) return true;
  }
  return false;
}
