import type { ApiConnection } from '../../api/deps.ts';
import type { CheckView } from '../../api/shapes.ts';
import { inParallel } from '../../concurrency/in-parallel.ts';
import type { Config } from '../../config/schema.ts';
import type { Secrets } from '../../config/secret.ts';
import type { Mail } from '../../forwarding/mailer.ts';
import type { DeliveryPorts } from '../../outbox/deliver.ts';
import type { SendingPorts } from '../../sending/ports.ts';
import { checkConnection, closedConnection } from './connections.ts';
import { checkSending } from './sending.ts';
import { checkSinks } from './sinks.ts';
import { checkUnreadable } from './unreadable.ts';

/** Vendors asked at the same time; each has its own pace. */
const CONNECTIONS_AT_ONCE = 20;

export interface DoctorWorld {
  readonly config: Config;
  /** Those of the config that could be opened. */
  readonly connections: readonly ApiConnection[];
  readonly delivery: DeliveryPorts;
  readonly sending: SendingPorts;
  /** The shard a connection's feeds lie in. */
  readonly shardOf: (connection: string) => number;
  readonly secrets: Secrets;
  readonly mail: Mail;
}

/** Asks every connection, every sink and the mail server how it is, wherever this runs. */
export async function examine(given: DoctorWorld): Promise<readonly CheckView[]> {
  const { config, connections, delivery, sending, shardOf, secrets, mail } = given;
  const { store, clock } = delivery;
  const world = { store, shardOf, now: () => clock.now() };
  const closed = config.connections.filter(({ id }) => !connections.some((open) => open.id === id));
  const asked = await inParallel(connections, CONNECTIONS_AT_ONCE, (each) => checkConnection(each, world));
  return [
    ...closed.map((entry) => closedConnection(entry, secrets)),
    ...asked.flat(),
    ...(await checkUnreadable(store, clock.now())),
    ...(await checkSinks(delivery)),
    ...(await checkSending(sending, { config, secrets, mail })),
  ];
}
