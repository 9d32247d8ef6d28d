import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dynamoStore } from '../../adapters/dynamodb/store.ts';
import { openEmbedded } from '../../local/embedded.ts';
import { openLevel } from '../../local/level.ts';
import { UserError } from '../../shared/failure.ts';
import { collect } from './contract.ts';

const TABLE = { tableName: 'replybus' };
const writer = fileURLToPath(new URL('killed-writer.ts', import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'replybus-embedded-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Starts a writer, kills it without warning after `lines` acknowledged documents, and gives those. */
async function writeAndKill(round: number, lines: number): Promise<string[]> {
  const child = spawn(process.execPath, [writer, folder, String(round)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const acknowledged: string[] = [];
  const exited = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === '') continue;
    acknowledged.push(line);
    if (acknowledged.length === lines) child.kill('SIGKILL');
  }
  await exited;
  // A line that was cut by the kill is no acknowledgement.
  return acknowledged.filter((line) => /^\d+-\d-\d+$/.test(line)).slice(0, lines);
}

/** Takes away what a kill between index and item would have left unwritten: every row whose key starts so. */
async function lose(prefix: string): Promise<void> {
  const database = openLevel(join(folder, 'database'), 'json');
  await database.open();
  for await (const [key] of database.iterator({ gte: prefix, lt: `${prefix}\xff` })) await database.del(key);
  await database.close();
  await rm(join(folder, 'lock'), { recursive: true });
}

/** One document that is due and in the timeline, then a loss, then the store as the next process finds it. */
async function afterLosing(prefix: string) {
  const first = await openEmbedded(folder, TABLE);
  const document = { partition: 'p', key: 'k', value: {}, dueAt: 1, recordedAt: 1 };
  await dynamoStore(first.client, 'replybus', () => 1).put(document, 0);
  await first.close();
  await lose(prefix);
  const { client, close } = await openEmbedded(folder, TABLE);
  return { store: dynamoStore(client, 'replybus', () => 1), close };
}

describe('embedded database after a kill between an index and its item', () => {
  it('finds by scanDue what the due index lost', async () => {
    const { store, close } = await afterLosing('index-global~replybus~due~');
    expect(await store.due(1, 10)).toEqual([]);
    expect(await collect(store.scanDue())).toEqual([{ partition: 'p', key: 'k' }]);
    await store.put({ partition: 'p', key: 'k', value: {}, dueAt: 1 }, 1);
    expect(await store.due(1, 10)).toEqual([{ partition: 'p', key: 'k' }]);
    await close();
  });

  it('forgets index entries whose document was never written', async () => {
    const { store, close } = await afterLosing('item-replybus~');
    expect(await store.due(1, 10)).toEqual([]);
    expect(await store.timeline(0, { limit: 10 })).toEqual({ addresses: [] });
    await close();
  });
});

describe('embedded database', () => {
  it('keeps what was put when it is closed and opened again', async () => {
    const first = await openEmbedded(folder, TABLE);
    await dynamoStore(first.client, 'replybus', () => 0).put({ partition: 'p', key: 'k', value: { n: 1 } }, 0);
    await first.close();
    const second = await openEmbedded(folder, TABLE);
    const found = await dynamoStore(second.client, 'replybus', () => 0).get({ partition: 'p', key: 'k' });
    expect(found).toMatchObject({ version: 1, value: { n: 1 } });
    await second.close();
  });

  it('tells a second opener in one sentence who holds the folder, and goes on serving the first', async () => {
    const first = await openEmbedded(folder, TABLE);
    const refused = openEmbedded(folder, TABLE);
    await expect(refused).rejects.toBeInstanceOf(UserError);
    await expect(refused).rejects.toThrow(
      `Another replybus process holds the data folder ${folder}; stop it first or use another --data.`,
    );
    const store = dynamoStore(first.client, 'replybus', () => 0);
    expect(await store.put({ partition: 'p', key: 'k', value: {} }, 0)).toBe(true);
    await first.close();
    await (await openEmbedded(folder, TABLE)).close();
  });

  it('tells in one sentence that the folder cannot be written', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    await expect(openEmbedded(join(file, 'data'), TABLE)).rejects.toThrow(/^The data folder .* cannot be written/);
    await mkdir(join(folder, 'data'));
    await writeFile(join(folder, 'data', 'lock'), '');
    await expect(openEmbedded(join(folder, 'data'), TABLE)).rejects.toBeInstanceOf(UserError);
  });

  it('answers nobody but its own client', async () => {
    const { endpoint, close } = await openEmbedded(folder, TABLE);
    const credentials = { accessKeyId: 'guess', secretAccessKey: 'guess' };
    const stranger = new DynamoDBClient({ endpoint, region: 'local', credentials, maxAttempts: 1 });
    await expect(stranger.send(new ListTablesCommand({}))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 403 },
    });
    stranger.destroy();
    await close();
  });

  it('has every acknowledged put after five kills in the middle of puts, and scanDue finds all that have a dueAt', async () => {
    const acknowledged: string[] = [];
    for (let round = 0; round < 5; round += 1) acknowledged.push(...(await writeAndKill(round, 30 + 17 * round)));
    const { client, close } = await openEmbedded(folder, TABLE);
    const store = dynamoStore(client, 'replybus', () => 0);
    const documents = new Map((await store.list('p')).map((document) => [document.key, document]));
    expect(acknowledged.length).toBeGreaterThan(300);
    expect(acknowledged.filter((key) => documents.get(key)?.version !== 2)).toEqual([]);
    const scanned = (await collect(store.scanDue())).map(({ key }) => key);
    expect(scanned.sort()).toEqual([...documents.keys()].sort());
    const due = await store.due(2, 10_000);
    expect(new Set(due.map(({ key }) => key)).size).toBe(due.length);
    expect(due.every(({ key }) => documents.has(key))).toBe(true);
    await close();
  }, 60_000);
});
