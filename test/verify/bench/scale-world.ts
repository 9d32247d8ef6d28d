import { assignShards } from '../../../lambdas/runtime/shards.ts';
import { POLLING_SHARE } from '../../../shared/app/connections.ts';
import { type QuotaKeeper, quotaKeeper } from '../../../shared/http/quota.ts';
import { POLL_LIMITS } from '../../../shared/polling/feed/limits.ts';
import type { Random } from '../../../shared/ports.ts';
import { providerNamed } from '../../../shared/providers/index.ts';
import { memoryStore } from '../../../shared/store/memory.ts';
import type { Profile } from './idle-cost.ts';

const MINUTE = 60_000;
const CAMPAIGNS_EACH = 50;
/** What an idle workspace asks of its vendor in a minute. */
const IDLE_CALLS = 2;

/** A feed of the simulation: nothing but what waits to be recorded. */
export interface SimFeed {
  readonly profile: Profile;
  /** When each reply that is not recorded yet became visible, oldest first. */
  readonly waiting: number[];
  /** Of its key, where the vendor counts; made when the first reply comes. */
  budget?: QuotaKeeper;
}

export interface SimConnection {
  readonly profile: Profile;
  readonly feeds: readonly SimFeed[];
}

export interface Placed {
  readonly shard: number;
  readonly connections: readonly SimConnection[];
  readonly feeds: number;
}

const feedsOf = (profile: Profile, count: number): SimFeed[] =>
  Array.from({ length: count }, () => ({ profile, waiting: [] }));

/** Half of the feeds are campaigns, fifty to a connection; half are workspaces, each with a key of its own. In real shards. */
export async function placeFeeds(feeds: number, campaigns: Profile, workspaces: Profile): Promise<readonly Placed[]> {
  const half = feeds / 2;
  const ids = Array.from({ length: CAMPAIGNS_EACH }, (_, index) => `campaign-${index}`);
  const every = CAMPAIGNS_EACH;
  const entries: { id: string; provider: string; campaigns: readonly string[]; connection: SimConnection }[] = [];
  for (let index = 0; index < half; index += 1) {
    const own = { profile: workspaces, feeds: feedsOf(workspaces, 1) };
    entries.push({ id: `workspace-${index}`, provider: workspaces.counts.vendor, campaigns: ['*'], connection: own });
    if (index % every !== 0) continue;
    const shared = { profile: campaigns, feeds: feedsOf(campaigns, every) };
    entries.push({
      id: `organisation-${index}`,
      provider: campaigns.counts.vendor,
      campaigns: ids,
      connection: shared,
    });
  }
  const places = await assignShards(memoryStore(), entries);
  const shards = Map.groupBy(entries, ({ id }) => places.get(id) ?? 0);
  return [...shards].map(([shard, placed]) => ({
    shard,
    connections: placed.map(({ connection }) => connection),
    feeds: placed.reduce((sum, { connection }) => sum + connection.feeds.length, 0),
  }));
}

/** Of the simulation; moved by hand. */
export interface SimClock {
  at: number;
  now(): number;
}

/** The vendor's real budget, our share of it, with an hour of idle polls behind it. */
function budgetAt(profile: Profile, clock: SimClock): QuotaKeeper {
  const now = clock.at;
  const keeper = quotaKeeper(providerNamed(profile.counts.vendor)?.quotas ?? [], POLLING_SHARE, clock);
  for (let minute = 60; minute > 0; minute -= 1) {
    clock.at = now - minute * MINUTE;
    for (let call = 0; call < IDLE_CALLS; call += 1) keeper.take();
  }
  clock.at = now;
  return keeper;
}

/** How many replies in new threads a poll records now: what is left of its calls, and of the key's budget. */
export function tellable(feed: SimFeed, clock: SimClock): number {
  if (!feed.budget && feed.waiting.length === 0) return 0;
  const callsEach = feed.profile.counts.newThread.calls - IDLE_CALLS;
  const openings = Math.floor(POLL_LIMITS.callsPerPoll / 2);
  feed.budget ??= budgetAt(feed.profile, clock);
  const left = Math.floor((feed.budget.available() - IDLE_CALLS) / callsEach);
  const count = Math.max(0, Math.min(feed.waiting.length, openings, left));
  for (let call = 0; call < IDLE_CALLS + count * callsEach; call += 1) feed.budget.take();
  return count;
}

/** Replies of one minute before `minute`: some in each feed, and a few bursts. */
export function arrive(
  shards: readonly Placed[],
  minute: number,
  mean: number,
  bursts: { readonly count: number; readonly size: number },
  random: Random,
): void {
  const all = shards.flatMap(({ connections }) => connections.flatMap(({ feeds }) => feeds));
  const pick = () => all[Math.floor(random() * all.length)];
  const moment = () => minute - random() * MINUTE;
  for (let reply = 0; reply < mean; reply += 1) pick()?.waiting.push(moment());
  for (let burst = 0; burst < bursts.count; burst += 1) {
    const at = moment();
    pick()?.waiting.push(...Array.from({ length: bursts.size }, () => at));
  }
}
