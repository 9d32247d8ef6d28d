import { lstat, open, readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { UserError } from '../../shared/failure.ts';
import { upgrade } from './schema.ts';
import { flushFolder, isThere, settle } from './settle.ts';

/** Where SQLite keeps what is not in the file yet. */
const LOGS = ['-wal', '-journal'];
const draftOf = (file: string): string => `${file}.${process.pid}.new`;
const DRAFT_ENDING = /^\d+\.new(-journal)?$/;

/** SQLite would put what is left of one database into the next that gets its name. */
async function refuseLeftLog(file: string): Promise<void> {
  for (const log of LOGS.map((ending) => `${file}${ending}`)) {
    const found = await stat(log).catch(() => undefined);
    if (!found || found.size === 0) continue;
    const detail = `The database ${file} is not there, but a part of it is, in ${log};`;
    throw new UserError(`${detail} put the database back, or remove all files of its name to start anew.`, 1);
  }
}

/** Whole or not there: it is made under another name, and gets its own when it is on disk. */
async function create(file: string): Promise<void> {
  const draft = draftOf(file);
  try {
    // SQLite would make it readable by others.
    await rm(draft, { force: true });
    await (await open(draft, 'wx', 0o600)).close();
    const database = new DatabaseSync(draft);
    try {
      upgrade(database, file);
    } finally {
      database.close();
    }
    await settle(draft, file);
    await flushFolder(dirname(file));
  } catch (error) {
    // Another process made one at the same moment: that is the database.
    if (!(await isThere(file))) throw error;
  } finally {
    for (const left of [draft, `${draft}-journal`]) await rm(left, { force: true });
  }
}

/** The database as a file of our own; made if it is not there. An empty one was full once, or was put there by somebody. */
export async function ensureFile(file: string): Promise<void> {
  const there = await lstat(file).catch(() => undefined);
  if (there === undefined) {
    await refuseLeftLog(file);
    return await create(file);
  }
  if (!there.isFile()) throw new UserError(`${file} is no file of ours; move it away or use another --data.`, 1);
  if (there.size > 0) return;
  const advice = 'put a copy from "replybus backup" in its place, or remove all files of its name to start anew';
  throw new UserError(`The database ${file} is empty, so it is damaged; ${advice}.`, 1);
}

/** What a process left that was killed while it made the database. For who has the database alone. */
export async function removeDrafts(file: string): Promise<void> {
  const folder = dirname(file);
  const start = `${basename(file)}.`;
  const drafts = (await readdir(folder)).filter(
    (name) => name.startsWith(start) && DRAFT_ENDING.test(name.slice(start.length)),
  );
  for (const name of drafts) await rm(join(folder, name), { force: true });
}
