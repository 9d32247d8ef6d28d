import { systemClock } from '../../../adapters/node/clock.ts';
import type { Container } from '../../runtime/container.ts';
import { lambdaFunction } from '../../runtime/function.ts';
import { Polling } from '../../runtime/polling.ts';
import { type SendAll, sqsSender } from '../../services/queue.ts';

let polling: Polling | undefined;
let send: SendAll | undefined;

async function enqueue(container: Container, shards: readonly number[], calledAt: number): Promise<void> {
  const { jobsUrl } = container.environment;
  if (jobsUrl === undefined) throw new Error('REPLYBUS_JOBS_URL is not set');
  send ??= sqsSender();
  await send(
    jobsUrl,
    shards.map((shard) => ({ body: JSON.stringify({ shard, calledAt }) })),
  );
  container.lines.info('job.enqueued', { shards: shards.length });
}

/** Once a minute. One shard is polled here; of more, each is a job for a run of `poll`. */
export const handler = lambdaFunction<unknown, void>(async (_event, container) => {
  polling ??= new Polling(container);
  const config = await polling.config();
  if (!config) return container.lines.info('config.missing');
  const calledAt = systemClock.now();
  const [only, ...more] = config.shards;
  if (only === undefined) return;
  if (more.length > 0) return await enqueue(container, config.shards, calledAt);
  await polling.round(config, only, calledAt);
});
