import type { Instant } from '../../model.ts';
import type { Feed } from '../../provider.ts';
import type { PolledConnection, PollingPorts } from '../feed/context.ts';
import type { PollLimits } from '../feed/limits.ts';
import { availableCalls, backfillThreads } from '../feed/pace.ts';
import { type ConnectionRecord, loadConnection, saveConnection } from '../state/connection.ts';
import { askedBackfill, askForBackfill, endBackfill, isHeld } from './asked.ts';
import { backfillSome } from './piece.ts';

/** Threads recorded between two polls. */
const THREADS_PER_POLL = 20;

const isWantedByConfig = ({ backfill }: PolledConnection, { backfilled }: ConnectionRecord): boolean =>
  backfill !== undefined && !backfilled;

/** Once per connection id. */
const configsSince = ({ backfill = 0 }: PolledConnection, on: Instant): Instant =>
  backfill === 'all' ? 0 : Math.max(0, on - backfill);

/** There is a backfill to go on with, as far as is known without asking. */
export const mayBackfill = (
  polled: PolledConnection,
  { record, isAsked }: { readonly record: ConnectionRecord; readonly isAsked: boolean },
): boolean => isAsked || isWantedByConfig(polled, record);

/**
 * A piece of the backfill that goes on, whoever asked for it, with half of the calls that the poll has left. Nothing where who
 * asked for it works on it himself.
 */
export async function backfillPiece(
  polled: PolledConnection,
  ports: PollingPorts,
  limits: PollLimits,
  { feeds, shard }: { readonly feeds: readonly Feed[]; readonly shard: string },
): Promise<void> {
  const stored = await loadConnection(ports.store, polled.id);
  const on = stored?.record.on;
  if (!stored || on === undefined) return;
  const isConfigs = isWantedByConfig(polled, stored.record);
  const place = { shard, connection: polled.id };
  if (isConfigs) await askForBackfill(ports.store, place, configsSince(polled, on));
  const asked = await askedBackfill(ports.store, place);
  if (!asked) return;
  const now = ports.clock.now();
  const left = Math.floor(availableCalls(polled) / 2);
  const threadsMax = Math.min(THREADS_PER_POLL, left, backfillThreads(polled, feeds.length, now));
  if (threadsMax < 1 || isHeld(asked, now)) return;
  const { since } = asked;
  const pace = { threadsMax, onThread: () => {} };
  const { done } = await backfillSome({ polled, ports, limits, on, since, shard }, pace, feeds);
  if (!done) return;
  if (isConfigs) await saveConnection(ports.store, polled.id, { ...stored.record, backfilled: true }, stored.version);
  await endBackfill(ports.store, place, since);
}
