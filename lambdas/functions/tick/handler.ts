import { systemClock } from '../../../adapters/node/clock.ts';
import type { Container } from '../../runtime/container.ts';
import { lambdaFunction } from '../../runtime/function.ts';
import { Polling } from '../../runtime/polling.ts';
import { type SendAll, sqsSender } from '../../services/queue.ts';

let polling: Polling | undefined;
let send: SendAll | undefined;

async function order(container: Container, shards: readonly number[], calledAt: number): Promise<void> {
  const { ordersUrl } = container.environment;
  if (ordersUrl === undefined) throw new Error('REPLYBUS_ORDERS_URL is not set');
  send ??= sqsSender();
  await send(
    ordersUrl,
    shards.map((shard) => ({ body: JSON.stringify({ shard, calledAt }) })),
  );
  container.lines.info('poll.ordered', { shards: shards.length });
}

/** Once a minute. One shard is polled here; more are ordered from `poll`, each in a run of its own. */
export const handler = lambdaFunction<unknown, void>(async (_event, container) => {
  polling ??= new Polling(container);
  const config = await polling.config();
  if (!config) return container.lines.info('config.missing');
  const calledAt = systemClock.now();
  const [only, ...more] = config.shards;
  if (only === undefined) return;
  if (more.length > 0) return await order(container, config.shards, calledAt);
  await polling.round(config, only, calledAt);
});
