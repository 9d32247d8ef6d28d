/** Run by the tests as its own process: puts documents for ever, tells of each one that was acknowledged, and is killed. */
import { openSqlite } from '../../../adapters/sqlite/database.ts';

const [file = '', round = ''] = process.argv.slice(2);
const { store } = await openSqlite(file);

async function write(lane: number): Promise<void> {
  for (let n = 0; ; n += 1) {
    const key = `${round}-${lane}-${n}`;
    // Each is moved in the index of what is due once; some are large, so that a kill falls into a write of many pages.
    const body = 'x'.repeat(n % 10 === 0 ? 100_000 : 100);
    await store.put({ partition: 'p', key, value: { n, body }, dueAt: 1, recordedAt: n }, 0);
    await store.put({ partition: 'p', key, value: { n, body }, dueAt: 2 }, 1);
    process.stdout.write(`${key}\n`);
  }
}

await Promise.all([0, 1, 2, 3].map(write));
