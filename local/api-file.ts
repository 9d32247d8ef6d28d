import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { unwritable } from './data-folder.ts';

/** Nobody but this machine is ever asked, whoever wrote the file. */
const LOOPBACK = /^http:\/\/127\.0\.0\.1:\d{1,5}$/;

const ApiFile = z.object({ address: z.string().check(z.regex(LOOPBACK)), token: z.string(), pid: z.number() });
/** Where the process that holds the data folder listens, and the token that opens its API. */
export type ApiFile = z.infer<typeof ApiFile>;

const place = (dataDir: string): string => join(dataDir, 'api.json');

/** Readable by its owner alone, and never seen half written. */
export async function writeApiFile(dataDir: string, file: ApiFile): Promise<void> {
  const draft = `${place(dataDir)}.${process.pid}`;
  try {
    // One that was left there would keep its mode.
    await rm(draft, { force: true });
    await writeFile(draft, `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
    await rename(draft, place(dataDir));
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {});
    throw unwritable(dataDir, error);
  }
}

export async function removeApiFile(dataDir: string): Promise<void> {
  await rm(place(dataDir), { force: true });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It lives, and belongs to another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Undefined when nobody holds the folder; a file that a killed process left behind counts as nobody. */
export async function readApiFile(dataDir: string): Promise<ApiFile | undefined> {
  try {
    const file = ApiFile.parse(JSON.parse(await readFile(place(dataDir), 'utf8')));
    return isAlive(file.pid) ? file : undefined;
  } catch {
    return undefined;
  }
}
