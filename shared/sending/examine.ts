import type { Instant } from '../model.ts';
import type { Store } from '../store/store.ts';
import { listSends } from './list.ts';
import type { SendState } from './send.ts';

const DAY_MS = 24 * 3_600_000;
/** What failed longer ago is no news. */
const FAILED_DAYS = 7;

async function count(store: Store, now: Instant, state: SendState, since: Instant): Promise<number> {
  let found = 0;
  let cursor: string | undefined;
  do {
    const page = await listSends(store, now, { state, ...(cursor === undefined ? {} : { cursor }) });
    found += page.sends.filter(({ acceptedAt }) => acceptedAt >= since).length;
    cursor = page.cursor;
  } while (cursor !== undefined);
  return found;
}

/** What a person should know of sends: sentences for `doctor`, none when all is well. */
export async function examineSends(store: Store, now: Instant): Promise<readonly string[]> {
  const waiting = await count(store, now, 'needs_decision', 0);
  const since = now - FAILED_DAYS * DAY_MS;
  const failed = (await count(store, now, 'failed', since)) + (await count(store, now, 'refused', since));
  const lines: string[] = [];
  if (waiting > 0) {
    const waits = waiting === 1 ? '1 send waits for your decision' : `${waiting} sends wait for your decision`;
    lines.push(`${waits}; see "replybus sends --state needs_decision".`);
  }
  if (failed > 0) {
    const came = failed === 1 ? '1 send of the last 7 days came' : `${failed} sends of the last 7 days came`;
    lines.push(
      `${came} to nothing; see "replybus sends --state failed" and "… refused", and send them again by "replybus sends again ID".`,
    );
  }
  return lines;
}
