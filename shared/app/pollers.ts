import { composeWithStars } from '../acting/stars.ts';
import { durationMs } from '../config/duration.ts';
import type { ConnectionConfig, PolledConfig } from '../config/polled.ts';
import { compose } from '../events/compose.ts';
import { POLL_LIMITS } from '../polling/feed/limits.ts';
import { createPoller, type PolledConnection, type Poller, type PollingPorts } from '../polling/poller.ts';
import { localShard, type Shard } from '../polling/state/shard.ts';
import { Connections, POLLING_SHARE } from './connections.ts';
import type { PollerPorts } from './ports.ts';
import { Remade } from './remade.ts';

const EVERY_SECONDS = 60;

/** How far apart polls are, where nothing stretches it. `leastMs`: how often this edge can poll. */
export const everyMsOf = ({ poll }: Pick<PolledConfig, 'poll'>, leastMs = 0): number =>
  Math.max(leastMs, (poll?.everySeconds ?? EVERY_SECONDS) * 1_000);

function backfillOf({ backfill }: ConnectionConfig): Pick<PolledConnection, 'backfill'> {
  if (backfill === undefined) return {};
  const span = backfill === 'all' ? 'all' : durationMs(backfill);
  return span === undefined ? {} : { backfill: span };
}

export interface OpenPoller {
  readonly polled: PolledConnection;
  readonly poller: Poller;
  /** For what polls beside the poller, such as a backfill. */
  readonly ports: PollingPorts;
}

/** The pollers of connections whose feeds lie in one shard, each opened again only when something about it has changed. */
export class Pollers {
  readonly #connections: Connections;
  readonly #shard: Shard;
  readonly #ports: PollingPorts;
  readonly #keepsStars = new Set<string>();
  readonly #opened = new Remade<OpenPoller>();

  constructor(ports: PollerPorts, shard: Shard = localShard(ports.store)) {
    const { store, clock, log } = ports;
    this.#connections = new Connections(ports, POLLING_SHARE);
    this.#shard = shard;
    const starred = composeWithStars(compose, store, (id) => this.#keepsStars.has(id));
    this.#ports = { store, compose: starred, clock, log };
  }

  /** Undefined for a connection that cannot be opened now. */
  open(config: ConnectionConfig, everyMs: number): OpenPoller | undefined {
    const connection = this.#connections.open(config);
    if (!connection) return undefined;
    const { id, campaigns = ['*'], backfill } = config;
    if (!connection.stars) this.#keepsStars.add(id);
    return this.#opened.get(id, [connection, JSON.stringify(campaigns), everyMs, backfill], () => {
      const polled = { id, campaigns, connection, everyMs, ...backfillOf(config) };
      return { polled, poller: createPoller(polled, this.#ports, POLL_LIMITS, this.#shard), ports: this.#ports };
    });
  }
}
