import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Database, openSqlite } from '../../adapters/sqlite/database.ts';
import type { Store } from '../../shared/store/store.ts';

export interface SqliteWorld {
  /** An empty store in a file of its own. */
  fresh(): Promise<Store>;
  end(): Promise<void>;
}

export function sqliteWorld(): SqliteWorld {
  const folders: string[] = [];
  const databases: Database[] = [];
  return {
    async fresh() {
      const folder = await mkdtemp(join(tmpdir(), 'replybus-store-'));
      folders.push(folder);
      const database = await openSqlite(join(folder, 'replybus.db'));
      databases.push(database);
      return database.store;
    },
    async end() {
      for (const database of databases) await database.close();
      for (const folder of folders) await rm(folder, { recursive: true });
    },
  };
}
