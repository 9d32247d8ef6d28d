import { DatabaseSync } from 'node:sqlite';
import type { UserError } from '../../shared/failure.ts';
import type { Store } from '../../shared/store/store.ts';
import { backUp } from './backup.ts';
import { Batch } from './batch.ts';
import { ensureFile, removeDrafts } from './create.ts';
import { Presence } from './presence.ts';
import { upgrade } from './schema.ts';
import { sqliteStore } from './store.ts';
import { troubleOf } from './trouble.ts';

export interface Database {
  readonly store: Store;
  /**
   * A whole copy, taken while the database is in use, in a file that is not there yet. `write`: puts what the copy alone holds.
   * Gives its size.
   */
  backUp(file: string, write?: (copy: Store) => Promise<void>): Promise<number>;
  /** One sentence where the file was taken away under us: nothing more is written then. */
  trouble(): UserError | undefined;
  /** What was put is on disk then, and the file is free for another process. */
  close(): Promise<void>;
}

/** A process that ends at this moment lets go of the file in this time. */
const LOCKED_WAIT_MS = 500;

/**
 * One process has the file for as long as it is open: the lock is the operating system's, so it ends with the process
 * however that ends. FULL: each transaction is flushed before it is answered; on macOS a flush reaches the disk's own cache
 * only when asked for in full.
 */
const SETTINGS = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA fullfsync = ON;
  PRAGMA checkpoint_fullfsync = ON;
  PRAGMA temp_store = MEMORY;
  PRAGMA journal_size_limit = 67108864;
`;

function connect(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: LOCKED_WAIT_MS, enableForeignKeyConstraints: false });
  try {
    database.exec(SETTINGS);
    upgrade(database, file);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** The store in which every failure that a person can do something about is one sentence. */
function explained(store: Store, file: string): Store {
  const explain =
    <Args extends readonly unknown[], Answer>(run: (...args: Args) => Promise<Answer>) =>
    async (...args: Args): Promise<Answer> => {
      try {
        return await run(...args);
      } catch (error) {
        throw troubleOf(error, file);
      }
    };
  const { get, list, put, remove, due, dueAfter, timeline } = store;
  return {
    get: explain(get),
    list: explain(list),
    put: explain(put),
    remove: explain(remove),
    due: explain(due),
    async *dueAfter(after) {
      try {
        yield* dueAfter(after);
      } catch (error) {
        throw troubleOf(error, file);
      }
    },
    timeline: explain(timeline),
  };
}

/** Opens the database in `file`, made if it is not there. Throws one sentence where another process has it. */
export async function openSqlite(file: string): Promise<Database> {
  try {
    await ensureFile(file);
    const database = connect(file);
    await removeDrafts(file);
    const presence = new Presence(file);
    const batch = new Batch(database, presence);
    return {
      store: explained(sqliteStore(database, batch), file),
      backUp: (target, write = async () => {}) => backUp({ database, batch, file }, target, write),
      trouble: () => presence.trouble(),
      async close() {
        batch.release();
        batch.flush();
        database.close();
      },
    };
  } catch (error) {
    throw troubleOf(error, file);
  }
}
