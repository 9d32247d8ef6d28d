import type { CheckView } from '../../api/shapes.ts';
import type { Instant } from '../../model.ts';
import { readEventLog } from '../../outbox/outbox.ts';
import { eventOfAddress, isEventAddress } from '../../store/keys.ts';
import type { Store } from '../../store/store.ts';
import { plural, warning } from './checks.ts';

const SPAN_MS = 24 * 3_600_000;
/** Newest events looked through; a day of more says the same by what is found among these. */
const EVENTS_MAX = 300;

/** What of the vendors' answers could not be read in the last day: a thread or message that nobody was told the words of. */
export async function checkUnreadable(store: Store, now: Instant): Promise<readonly CheckView[]> {
  const { addresses } = await store.timeline(now - SPAN_MS, { limit: EVENTS_MAX, order: 'newest' });
  const ids = addresses.filter(isEventAddress).map(eventOfAddress);
  const logs = await Promise.all(ids.map((id) => readEventLog(store, id)));
  const unreadable = logs.flatMap((log) => (log?.stored.type === 'reply.unreadable' ? [log.stored.connection] : []));
  return [...Map.groupBy(unreadable, (connection) => connection)].map(([connection, { length }]) => {
    const items = plural(length, 'row or message', 'rows or messages');
    const detail = `${items} of the last day could not be read; see "replybus events --type reply.unreadable".`;
    return warning(`connection ${connection}, mail`, detail);
  });
}
