import { expect, it } from 'vitest';
import { backfillStream } from '../../shared/api/backfill-stream.ts';
import type { ProgressView } from '../../shared/api/shapes.ts';
import { stopBackfill } from '../../shared/polling/backfill/asked.ts';
import { createPoller } from '../../shared/polling/poller.ts';
import { shardPartition } from '../../shared/store/keys.ts';
import { backfillBench } from '../polling/backfill-bench.ts';

/** The last line of the progress of a backfill, and what is done at its first. */
async function lastLine(atFirst: (work: ReturnType<typeof backfillBench>) => Promise<unknown>) {
  const work = backfillBench({ vendor: 'coldsend' });
  await createPoller(work.polled, work.ports).poll();
  const lines: ProgressView[] = [];
  for await (const line of backfillStream(work.polled, work.ports, { since: 'all', shard: 0 })) {
    lines.push(line);
    if (lines.length === 1) await atFirst(work);
  }
  return lines.at(-1);
}

it('says of a backfill that it is done', async () => {
  expect(await lastLine(async () => {})).toMatchObject({ state: 'done', threads: 130 });
});

it('says of a backfill that somebody stopped that it does not go on', async () => {
  const place = { shard: shardPartition(0), connection: 'sales' };
  expect(await lastLine(({ ports }) => stopBackfill(ports.store, place))).toMatchObject({
    state: 'stopped',
    byRequest: true,
  });
});
