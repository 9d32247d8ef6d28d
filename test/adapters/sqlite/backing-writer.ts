/** Run by the tests as its own process: puts and takes copies for ever, says when the first begins, and is killed. */
import { join } from 'node:path';
import { openSqlite } from '../../../adapters/sqlite/database.ts';

const [file = '', folder = ''] = process.argv.slice(2);
const { store, backUp } = await openSqlite(file);

async function write(lane: number): Promise<void> {
  for (let n = 0; ; n += 1) {
    const key = `${process.pid}-${lane}-${n}`;
    await store.put({ partition: 'p', key, value: { body: 'x'.repeat(3_000) } }, 0);
  }
}

async function copy(): Promise<void> {
  for (let n = 0; ; n += 1) {
    await backUp(join(folder, `copy-${process.pid}-${n}.db`));
    if (n === 0) process.stdout.write('begun\n');
  }
}

await Promise.all([write(0), write(1), copy()]);
