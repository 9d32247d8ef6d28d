import type { Instant } from '../model.ts';
import type { Store } from '../store/store.ts';
import { SendRefusal } from './refusal.ts';
import { readSend, type SendState, type StoredSend } from './send.ts';

const DAY_MS = 24 * 3_600_000;
const PAGE = 50;
/** Days one request looks through. */
const DAYS_MAX = 31;

const partitionOf = (day: number) => `SENDS#${new Date(day * DAY_MS).toISOString().slice(0, 10)}`;
const keyOf = (at: Instant, id: string) => `${String(at).padStart(15, '0')}#${id}`;

/**
 * Before the send itself, so that no send is missing from the list. A mark without a send is passed over, and so is one that
 * names another time than its send: of those who accept one request at the same moment each leaves a mark.
 */
export async function indexSend(store: Store, { id, acceptedAt }: StoredSend): Promise<void> {
  const partition = partitionOf(Math.floor(acceptedAt / DAY_MS));
  await store.put({ partition, key: keyOf(acceptedAt, id), value: { id } }, 0);
}

export interface SendQuery {
  readonly state?: SendState;
  /** What a page before gave. */
  readonly cursor?: string;
}

export interface SendPage {
  readonly sends: readonly StoredSend[];
  readonly cursor?: string;
}

/** Sends, newest first, at most 90 days back. May be empty before the end, where most have another state. */
export async function listSends(store: Store, now: Instant, { state, cursor }: SendQuery): Promise<SendPage> {
  const [fromDay, below] = cursor === undefined ? [Math.floor(now / DAY_MS), undefined] : place(cursor);
  const oldest = Math.floor(now / DAY_MS) - 90;
  const sends: StoredSend[] = [];
  for (let day = fromDay; day >= Math.max(oldest, fromDay - DAYS_MAX); day -= 1) {
    const marks = [...(await store.list(partitionOf(day)))].reverse();
    for (const { key, value } of marks) {
      if (day === fromDay && below !== undefined && key >= below) continue;
      const send = (await readSend(store, String(value.id)))?.send;
      if (!send || key !== keyOf(send.acceptedAt, send.id)) continue;
      if (state === undefined || send.state === state) sends.push(send);
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
