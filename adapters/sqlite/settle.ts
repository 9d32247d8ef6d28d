import { link, open, rename, rm, stat } from 'node:fs/promises';

export const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : 'no code');

export async function isThere(file: string): Promise<boolean> {
  return await stat(file).then(
    () => true,
    () => false,
  );
}

/** Gives a finished file its name, and never takes a file of that name away. */
export async function settle(draft: string, file: string): Promise<void> {
  try {
    await link(draft, file);
    await rm(draft);
  } catch (error) {
    // A disk without hard links, such as a memory stick's.
    if (codeOf(error) === 'EEXIST' || (await isThere(file))) throw error;
    await rename(draft, file);
  }
}

/** So that a power cut does not take the name away again. */
export async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
