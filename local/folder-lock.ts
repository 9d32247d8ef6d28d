import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../shared/failure.ts';
import { openLevel } from './level.ts';

export interface FolderLock {
  /** Whether whoever held the folder before let go of it in order, and was not killed. */
  readonly endedWell: boolean;
  release(): Promise<void>;
}

const ENDED_WELL = 'ended-well';

function codes(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [];
  const code = 'code' in error && typeof error.code === 'string' ? [error.code] : [];
  return [...code, ...codes(error.cause)];
}

function unwritable(folder: string, error: unknown): UserError {
  const code = codes(error).at(-1) ?? 'no code';
  return new UserError(
    `The data folder ${folder} cannot be written (${code}); give its owner write access or use another --data.`,
    1,
  );
}

async function createFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw unwritable(folder, error);
  }
}

/**
 * Holds `<folder>/lock` until released. Dynalite throws outside any promise when its own folder is taken, so a lock
 * beside it is held for as long as the database is open: looking at dynalite's and letting go would leave a gap.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  await createFolder(folder);
  const lock = openLevel<string>(join(folder, 'lock'), 'utf8');
  try {
    await lock.open();
  } catch (error) {
    if (!codes(error).includes('LEVEL_LOCKED')) throw unwritable(folder, error);
    throw new UserError(
      `Another replybus process holds the data folder ${folder}; stop it first or use another --data.`,
      1,
    );
  }
  const endedWell = (await lock.get(ENDED_WELL)) !== undefined;
  await lock.del(ENDED_WELL);
  return {
    endedWell,
    async release() {
      await lock.put(ENDED_WELL, '');
      await lock.close();
    },
  };
}
