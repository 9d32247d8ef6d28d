import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readRegularFile } from '../../../adapters/node/regular-file.ts';
import { emptyFolder } from '../../cli/command-line.ts';

it('reads a file of just the size that is allowed, and none that is a byte longer', async () => {
  const file = join(emptyFolder(), 'words.txt');
  await writeFile(file, 'four');
  expect(await readRegularFile(file, 4)).toEqual(Buffer.from('four'));
  expect(await readRegularFile(file, 3)).toBe('too large');
});

it('reads an empty file', async () => {
  const file = join(emptyFolder(), 'words.txt');
  await writeFile(file, '');
  expect(await readRegularFile(file, 4)).toEqual(Buffer.alloc(0));
});

it.runIf(process.platform === 'linux')('counts what a file holds that tells no size', async () => {
  expect(await readRegularFile('/proc/self/status', 10)).toBe('too large');
});
