import type { CheckView } from '../../api/shapes.ts';
import type { Instant } from '../../model.ts';
import { readEventLogs } from '../../outbox/outbox.ts';
import type { Store } from '../../store/store.ts';
import { plural, warning } from './checks.ts';

const SPAN_MS = 24 * 3_600_000;
/** Newest events looked through; a day of more says the same by what is found among these. */
const EVENTS_MAX = 2_000;

/** What of the vendors' answers could not be read in the last day: a thread or message that nobody was told the words of. */
export async function checkUnreadable(store: Store, now: Instant): Promise<readonly CheckView[]> {
  const { addresses } = await store.timeline(now - SPAN_MS, { limit: EVENTS_MAX, order: 'newest' });
  const events = (await readEventLogs(store, addresses)).map(({ stored }) => stored);
  const unreadable = events.filter(({ type }) => type === 'reply.unreadable').map(({ connection }) => connection);
  return [...Map.groupBy(unreadable, (connection) => connection)].map(([connection, { length }]) => {
    const items = plural(length, 'row or message', 'rows or messages');
    const detail = `${items} of the last day could not be read; see "replybus events --type reply.unreadable".`;
    return warning(`connection ${connection}, mail`, detail);
  });
}
