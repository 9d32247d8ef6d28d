/** Run by embedded.test.ts as its own process: puts documents for ever, tells of each one that was acknowledged, and is killed. */

import { dynamoStore } from '../../adapters/dynamodb/store.ts';
import { openEmbedded } from '../../local/embedded.ts';

const [folder = '', round = ''] = process.argv.slice(2);
const { client } = await openEmbedded(folder, { tableName: 'replybus' });
const store = dynamoStore(client, 'replybus', () => Date.now());

async function write(lane: number): Promise<void> {
  for (let n = 0; ; n += 1) {
    const key = `${round}-${lane}-${n}`;
    // Each is moved in the due index once, so that kills also fall between the index and the item.
    await store.put({ partition: 'p', key, value: { n }, dueAt: 1 }, 0);
    await store.put({ partition: 'p', key, value: { n }, dueAt: 2 }, 1);
    process.stdout.write(`${key}\n`);
  }
}

await Promise.all([0, 1, 2, 3].map(write));
