import * as z from 'zod/mini';
import type { Instant } from '../model.ts';
import { collection } from '../store/collection.ts';
import { dayNumber, sendsKey, sendsPartition } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import { SendRefusal } from './refusal.ts';
import { readSend, type SendState, type StoredSend } from './send.ts';

const PAGE = 50;
/** Days one request looks through. */
const DAYS_MAX = 31;

const MARKS = collection({ name: 'mark of a send', schema: z.object({ id: z.string() }) });

/**
 * Before the send itself, so that no send is missing from the list. A mark without a send is passed over, and so is one that
 * names another time than its send: of those who accept one request at the same moment each leaves a mark.
 */
export async function indexSend(store: Store, { id, acceptedAt }: StoredSend): Promise<void> {
  const partition = sendsPartition(dayNumber(acceptedAt));
  await MARKS.put(store, { partition, key: sendsKey(acceptedAt, id), value: { id } }, 0);
}

export interface SendQuery {
  readonly state?: SendState;
  /** Of one conversation alone. */
  readonly conversation?: Pick<StoredSend, 'connection' | 'threadKey'>;
  /** What a page before gave. */
  readonly cursor?: string;
}

export interface SendPage {
  readonly sends: readonly StoredSend[];
  readonly cursor?: string;
}

/** How a send is filtered by a query. */
function isWanted(send: StoredSend, { state, conversation }: SendQuery): boolean {
  if (state !== undefined && send.state !== state) return false;
  if (!conversation) return true;
  return send.connection === conversation.connection && send.threadKey === conversation.threadKey;
}

/** Sends, newest first, at most 90 days back. May be empty before the end, where most are not wanted. */
export async function listSends(store: Store, now: Instant, query: SendQuery): Promise<SendPage> {
  const { cursor } = query;
  const [fromDay, below] = cursor === undefined ? [dayNumber(now), undefined] : place(cursor);
  const oldest = dayNumber(now) - 90;
  const sends: StoredSend[] = [];
  for (let day = fromDay; day >= Math.max(oldest, fromDay - DAYS_MAX); day -= 1) {
    const marks = (await MARKS.list(store, sendsPartition(day))).toReversed();
    for (const { key, value } of marks) {
      if (day === fromDay && below !== undefined && key >= below) continue;
      const send = (await readSend(store, value.id))?.send;
      if (!send || key !== sendsKey(send.acceptedAt, send.id)) continue;
      if (isWanted(send, query)) sends.push(send);
      if (sends.length >= PAGE) return { sends, cursor: `${day}.${key}` };
    }
  }
  const next = fromDay - DAYS_MAX - 1;
  return next < oldest ? { sends } : { sends, cursor: `${next}.~` };
}

function place(cursor: string): readonly [number, string] {
  const match = /^(\d{1,6})\.(.{1,80})$/.exec(cursor);
  if (!match) throw new SendRefusal('invalid', 'The cursor is not one of this list; start again without it.');
  return [Number(match[1]), match[2] ?? ''];
}
