import type { Instant } from '../model.ts';
import { backfill } from '../polling/backfill/backfill.ts';
import type { PolledConnection, PollingPorts } from '../polling/poller.ts';
import type { ProgressView } from './shapes.ts';

/** A backfill as a stream of its progress. Returning early leaves it to the polls at the next thread. */
export async function* backfillStream(
  polled: PolledConnection,
  ports: PollingPorts,
  { since, shard }: { readonly since: Instant | 'all'; readonly shard: number },
): AsyncGenerator<ProgressView> {
  const abort = new AbortController();
  let latest: ProgressView | undefined;
  let wake = () => {};
  const view = (progress: { threads: number; total?: number; recorded: number }, state: ProgressView['state']) => ({
    connection: polled.id,
    threads: progress.threads,
    total: progress.total ?? latest?.total ?? null,
    recorded: progress.recorded,
    state,
  });
  const onProgress = (progress: { threads: number; total?: number; recorded: number }) => {
    latest = view(progress, 'running');
    wake();
  };
  const work = backfill(polled, ports, { since, shard, onProgress, signal: abort.signal });
  let ended = false;
  const end = () => {
    ended = true;
    wake();
  };
  work.then(end, end);
  try {
    let told: ProgressView | undefined;
    while (!ended) {
      if (latest && latest !== told) {
        told = latest;
        yield latest;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
    const result = await work;
    yield { ...view(result, result.done ? 'done' : 'stopped'), ...(result.stopped && { byRequest: true as const }) };
  } finally {
    abort.abort();
  }
}
