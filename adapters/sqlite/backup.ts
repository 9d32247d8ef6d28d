import { once } from 'node:events';
import { open, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { UserError } from '../../shared/failure.ts';
import type { Store } from '../../shared/store/store.ts';
import { Batch } from './batch.ts';
import { Presence } from './presence.ts';
import { codeOf, flushFolder, isThere, settle } from './settle.ts';
import { sqliteStore } from './store.ts';
import { damaged, isDiskFull, troubleOf } from './trouble.ts';

/** Pages copied before others get their turn. */
const PAGES_AT_ONCE = 256;

function unwritable(file: string, error: unknown): UserError {
  const code = codeOf(error);
  if (code === 'EEXIST') return new UserError(`${file} is there already; name a file that is not.`, 1);
  if (code === 'ENOENT') return new UserError(`There is no folder ${dirname(file)}; make it first.`, 1);
  return new UserError(`${file} cannot be written (${code}); name another file.`, 1);
}

/** A copy of a damaged database is damaged, too, and would take the place of a good one. */
async function checkWhole(draft: string, source: string): Promise<void> {
  const worker = new Worker(new URL('copy-check.ts', import.meta.url), { workerData: draft });
  const [isWhole] = await once(worker, 'message');
  if (isWhole !== true) throw new UserError(`Nothing was copied. ${damaged(source)}`, 1);
}

/** What is open, and where it lies. */
interface Source {
  readonly database: DatabaseSync;
  readonly batch: Batch;
  readonly file: string;
}

/** Its first step fails where it meets a transaction; each later one is tried again by Node. So writes wait for the first alone. */
async function copy({ database, batch }: Source, draft: string): Promise<void> {
  batch.hold();
  try {
    await backup(database, draft, { rate: PAGES_AT_ONCE, progress: () => batch.release() });
  } finally {
    batch.release();
  }
}

/** Writes what the copy alone holds. Nobody else has it open. */
async function complete(draft: string, write: (copy: Store) => Promise<void>): Promise<void> {
  const database = new DatabaseSync(draft);
  try {
    await write(sqliteStore(database, new Batch(database, new Presence(draft))));
  } finally {
    database.close();
  }
}

/**
 * A copy of the database as it is at the end of the copying, writes meanwhile included. It is whole or not there: it gets its
 * name last.
 */
export async function backUp(source: Source, target: string, write: (copy: Store) => Promise<void>): Promise<number> {
  const file = resolve(target);
  if (file.startsWith(`${resolve(source.file)}-`))
    throw new UserError(`${file} is a name that the database uses itself; name another file.`, 1);
  const draft = `${file}.${process.pid}.part`;
  if (await isThere(file)) throw unwritable(file, Object.assign(new Error(), { code: 'EEXIST' }));
  try {
    await (await open(draft, 'wx', 0o600)).close();
  } catch (error) {
    throw unwritable(file, error);
  }
  try {
    await copy(source, draft);
    await complete(draft, write);
    await checkWhole(draft, source.file);
    const { size } = await stat(draft);
    await settle(draft, file);
    await flushFolder(dirname(file));
    return size;
  } catch (error) {
    if (isDiskFull(error))
      throw new UserError(`The disk of ${dirname(file)} is full; make room on it, or name a file on another one.`, 1);
    throw codeOf(error) === 'EEXIST' ? unwritable(file, error) : troubleOf(error, source.file);
  } finally {
    for (const left of [draft, `${draft}-wal`, `${draft}-shm`, `${draft}-journal`]) await rm(left, { force: true });
  }
}
