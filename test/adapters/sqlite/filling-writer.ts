/** Run by the tests as its own process: puts documents until the disk takes no more; prints the sentence and how many there are. */
import { openSqlite } from '../../../adapters/sqlite/database.ts';

const { store, close } = await openSqlite(process.argv[2] ?? '');
let sentence = '';
let put = 0;
while (sentence === '') {
  try {
    const key = String(put).padStart(5, '0');
    await store.put({ partition: 'p', key, value: { body: 'x'.repeat(20_000) } }, 0);
    put += 1;
  } catch (error) {
    sentence = error instanceof Error ? error.message : 'unknown';
  }
}
// It can still be read.
const { length } = await store.list('p');
process.stdout.write(`${sentence}\n${length}\n`);
await close();
