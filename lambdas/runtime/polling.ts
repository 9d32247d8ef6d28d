import { systemClock } from '../../adapters/node/clock.ts';
import { everyMsOf, Pollers } from '../../shared/app/pollers.ts';
import type { PollerPorts } from '../../shared/app/ports.ts';
import { type PolledConfig, PolledConfigSchema } from '../../shared/config/polled.ts';
import type { Instant } from '../../shared/model.ts';
import { WholeShard } from '../../shared/polling/state/shard.ts';
import { type InForce, readInForce } from './applied.ts';
import type { Container } from './container.ts';
import { CurrentConfig } from './current-config.ts';
import { pollShard, type RoundResult } from './poll-shard.ts';
import { pollerPorts } from './poller-ports.ts';
import { RecentlyUsed } from './recently-used.ts';
import { TICK_MS } from './slots.ts';

/**
 * Where there are many shards, chance decides which of them a container meets, and one with 1,000 connections takes 5 MB. The
 * memory of a container must not grow with the shards of the deployment.
 */
const SHARDS_KEPT = 20;

interface OpenShard {
  readonly shard: WholeShard;
  readonly pollers: Pollers;
}

/** Polls shards, one at a time. Between two rounds it keeps what saves work, and nothing that matters. */
export class Polling {
  readonly #container: Container;
  readonly #ports: PollerPorts;
  readonly #config: CurrentConfig<PolledConfig>;
  readonly #shards: RecentlyUsed<number, OpenShard>;

  constructor(container: Container) {
    this.#container = container;
    this.#ports = pollerPorts(container);
    this.#shards = new RecentlyUsed(SHARDS_KEPT, (number) => {
      const shard = new WholeShard(container.store, number);
      return { shard, pollers: new Pollers(this.#ports, shard) };
    });
    this.#config = new CurrentConfig(container.store, (store, applied) =>
      readInForce(store, applied, ({ settings, connections }) =>
        PolledConfigSchema.parse({ ...settings, connections }),
      ),
    );
  }

  async config(): Promise<InForce<PolledConfig> | undefined> {
    return await this.#config.read();
  }

  async round(config: InForce<PolledConfig>, number: number, calledAt: Instant): Promise<RoundResult> {
    const { config: applied, shardOf } = config;
    const entries = applied.connections.filter(({ id, paused }) => shardOf.get(id) === number && !paused);
    await this.#ports.secrets.refresh(entries.map(({ apiKey }) => apiKey));
    const { shard, pollers } = this.#shards.get(number);
    const everyMs = everyMsOf(applied, TICK_MS);
    const connections = entries.flatMap((entry) => {
      const open = pollers.open(entry, everyMs);
      return open ? [{ id: entry.id, paused: false, poller: open.poller, budget: open.polled.connection.budget }] : [];
    });
    const until = this.#container.deadline.at;
    const result = await pollShard({
      shard,
      connections,
      calledAt,
      until,
      clock: systemClock,
      log: this.#container.lines,
    });
    // `poll.broken` lines are counted already.
    this.#container.lines.count('Broken', entries.length - connections.length);
    this.#report(number, result);
    return result;
  }

  #report(shard: number, result: RoundResult): void {
    const { lines } = this.#container;
    const { feeds, polled, recorded, conflicts, unauthorized, failed, broken, skipped, lagMs, budgetLeft } = result;
    const counts = { feeds, polled, recorded, conflicts, unauthorized, failed, broken, skipped, lagMs };
    lines.info('poll.round', { shard, ...counts, ...(budgetLeft === undefined ? {} : { budgetLeft }) });
    lines.measure('PollLag', lagMs);
    lines.count('Recorded', recorded);
    lines.measure('Unauthorized', unauthorized);
    if (budgetLeft !== undefined) lines.measure('BudgetLeft', budgetLeft);
  }
}
