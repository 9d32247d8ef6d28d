import { execFileSync } from 'node:child_process';
import { readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadSettings, writeNewConfig } from '../../local/settings.ts';
import { UserError } from '../../shared/failure.ts';
import { emptyFolder } from '../cli/command-line.ts';

it('writes a config that its owner alone can read, once', async () => {
  const file = join(emptyFolder(), 'replybus.config.json');
  expect(await writeNewConfig(file, 'first')).toBe(file);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  await expect(writeNewConfig(file, 'second')).rejects.toThrow(/is there already; change it by hand/);
  expect(await readFile(file, 'utf8')).toBe('first');
});

it('says that a folder takes no config', async () => {
  const file = join(emptyFolder(), 'nowhere', 'replybus.config.json');
  await expect(writeNewConfig(file, 'first')).rejects.toThrow(/cannot be written; check the rights of its folder/);
});

it('refuses what is no regular file in place of waiting for it', async () => {
  const pipe = join(emptyFolder(), 'config.json');
  execFileSync('mkfifo', [pipe]);
  for (const file of [pipe, '/dev/zero', emptyFolder()])
    await expect(loadSettings({ config: file })).rejects.toThrow(
      new UserError(`The config file ${file} is no regular file; name the file itself with --config.`),
    );
});

it('refuses a file that is larger than any config', async () => {
  const file = join(emptyFolder(), 'replybus.config.json');
  await writeFile(file, '');
  await truncate(file, 16 * 1024 * 1024 + 1);
  await expect(loadSettings({ config: file })).rejects.toThrow(/is larger than 16 MB, which no config is; /);
});

it('reads a config that begins with a mark of its encoding', async () => {
  const file = join(emptyFolder(), 'replybus.config.json');
  const connections = [{ id: 'sales', provider: 'coldsend', apiKey: 'env:KEY' }];
  await writeFile(file, `\ufeff${JSON.stringify({ connections })}`);
  expect(await loadSettings({ config: file })).toMatchObject({ kind: 'config', config: { connections } });
});
