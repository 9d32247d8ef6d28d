import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { dynamoStore } from '../../../adapters/dynamodb/store.ts';
import { createPoller } from '../../../shared/polling/poller.ts';
import { ensureTable, openDynalite } from '../../store/dynalite.ts';
import { simulate } from './simulate.ts';

const TABLE = 'simulation';
const DAYS = 0.5;

/** Hostile inboxes over a database that behaves as DynamoDB does, instead of the memory of the process. */
export function runSeedsOnDynalite(seeds: readonly number[]): void {
  it.each(seeds)(
    'loses nothing and records nothing twice on dynalite, on seed %i',
    async (seed) => {
      const folder = await mkdtemp(join(tmpdir(), 'replybus-simulation-'));
      const database = await openDynalite(folder);
      try {
        await ensureTable(database.client, TABLE);
        const store = dynamoStore(database.client, TABLE, () => Date.now());
        const onDisk = await simulate({ seed, days: DAYS, createPoller, store });
        expect(onDisk.findings).toEqual([]);
        expect(onDisk.repliesDue).toBeGreaterThan(0);
      } finally {
        await database.close();
        await rm(folder, { recursive: true, force: true });
      }
    },
    120_000,
  );
}
