import { isUnauthorized } from '../polling/state/connection.ts';
import { readSend } from '../sending/send.ts';
import { readStats } from '../stats/stats.ts';
import { dayText } from '../store/keys.ts';
import type { ApiDeps } from './deps.ts';
import type { StatsView } from './shapes.ts';

const SENDS_MAX = 100;

/** A send that was asked about may be decided by now. */
async function countUndecided({ store }: ApiDeps, sends: readonly string[]): Promise<number> {
  const found = await Promise.all(sends.slice(-SENDS_MAX).map(async (id) => await readSend(store, id)));
  return found.filter((kept) => kept?.send.state === 'needs_decision').length;
}

async function unauthorized({ store, connections }: ApiDeps): Promise<string[]> {
  const found = await Promise.all(connections.map(async ({ id }) => ((await isUnauthorized(store, id)) ? [id] : [])));
  return found.flat();
}

export async function stats(deps: ApiDeps, count: number): Promise<StatsView> {
  const { days, latencyMs, sinks, undecided } = await readStats(deps.store, count, deps.clock.now());
  const [sends, refused] = await Promise.all([countUndecided(deps, undecided), unauthorized(deps)]);
  const deliveries = [...sinks].map(([sink, counts]) => ({ sink, ...counts }));
  return {
    days: days.map(({ day, ...counts }) => ({ day: dayText(day), ...counts })),
    latency: { p50Ms: latencyMs.p50 ?? null, p95Ms: latencyMs.p95 ?? null },
    deliveries,
    waiting: {
      sends,
      parked: deliveries.reduce((sum, { parked }) => sum + parked, 0),
      unauthorized: refused,
    },
  };
}
