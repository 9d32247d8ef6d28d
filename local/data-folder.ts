import { chmod, lstat, mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../shared/failure.ts';

/** Where a data folder's database lies. */
export const databaseFile = (folder: string): string => join(folder, 'replybus.db');

/** For anybody but the owner: to read, write or enter; and to write. */
const OTHERS = 0o077;
const OTHERS_WRITE = 0o022;
/** The mode without the kind of file. */
const MODE = 0o7777;

/** What tells a data folder from a folder that only happens to be named. */
const OURS = ['replybus.db', 'api.json', 'world.json', 'database', 'demo'];

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : 'no code');

export function unwritable(folder: string, error: unknown): UserError {
  if (codeOf(error) === 'ENOSPC')
    return new UserError(`The disk of the data folder ${folder} is full; make room on it.`, 1);
  return new UserError(
    `The data folder ${folder} cannot be written (${codeOf(error)}); give its owner write access or use another --data.`,
    1,
  );
}

/** Windows has neither owners nor modes of this kind. */
const isForeign = ({ uid }: { readonly uid: number }): boolean =>
  process.getuid !== undefined && uid !== process.getuid();

async function tighten(path: string, mode: number, wanted: number, folder: string): Promise<void> {
  if ((mode & OTHERS) === 0) return;
  await chmod(path, wanted);
  if (((await stat(path)).mode & OTHERS) === 0) return;
  throw new UserError(
    `${path} stays readable by others, since the disk of ${folder} keeps no modes; use a --data on another disk.`,
    1,
  );
}

/** A folder that others read is closed to them if it is ours alone; what they may have put into one is not trusted. */
async function secureFolder(folder: string): Promise<void> {
  const found = await stat(folder);
  // A link of one's own may lead to another disk; one of somebody else's leads where they want.
  if (isForeign(found) || isForeign(await lstat(folder))) {
    throw new UserError(`The data folder ${folder} belongs to another user; use another --data.`, 1);
  }
  if ((found.mode & OTHERS) === 0) return;
  const names = await readdir(folder);
  const isOurs = names.length === 0 || names.some((name) => OURS.includes(name));
  if (!isOurs || (names.length > 0 && (found.mode & OTHERS_WRITE) !== 0)) {
    throw new UserError(
      `The data folder ${folder} is open to other users and not empty; look through it and "chmod 700" it, or use another --data.`,
      1,
    );
  }
  await tighten(folder, found.mode & MODE, 0o700, folder);
}

/** What an older version left, and what somebody copied here. */
async function secureEntries(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isSymbolicLink() && entry.name.startsWith('replybus.db')) {
      throw new UserError(`${path} is a link; put the database itself there, or use another --data.`, 1);
    }
    if (!entry.isFile() && !entry.isDirectory()) continue;
    const found = await lstat(path).catch(() => undefined);
    // Gone since it was listed: the draft of a file, or the log of a database that was closed.
    if (!found) continue;
    if (isForeign(found)) throw new UserError(`${path} belongs to another user; use another --data.`, 1);
    // Nobody comes to what lies in a folder that is closed.
    await tighten(path, found.mode & MODE, entry.isFile() ? 0o600 : 0o700, folder);
  }
}

async function refuseOlderKind(folder: string): Promise<void> {
  const names: readonly string[] = await readdir(join(folder, 'database')).catch(() => []);
  if (!names.includes('CURRENT')) return;
  const held = await readdir(folder);
  if (held.includes('replybus.db')) return;
  throw new UserError(
    `The data folder ${folder} holds the database of an older Replybus, which this one cannot read; move the folder away, or use another --data, to start anew from now on.`,
    1,
  );
}

/**
 * Makes the folder if it is not there. It is its owner's alone then: itself 0700, every file in it 0600. Throws one sentence
 * where it cannot be had so.
 */
export async function openDataFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await secureFolder(folder);
    await secureEntries(folder);
    await refuseOlderKind(folder);
  } catch (error) {
    throw error instanceof UserError ? error : unwritable(folder, error);
  }
}

/** For what can only be read of a folder that was in use before: a mistyped one must not look like an empty one. */
export async function needDatabase(folder: string): Promise<void> {
  const isThere = await stat(databaseFile(folder)).then(
    () => true,
    () => false,
  );
  if (isThere) return;
  throw new UserError(`There is no database in ${folder}; name the data folder of "replybus run" with --data.`, 1);
}
