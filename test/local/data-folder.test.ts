import { chmod, lchown, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeApiFile } from '../../local/api-file.ts';
import { openDataFolder } from '../../local/data-folder.ts';
import { UserError } from '../../shared/failure.ts';

let base: string;
let folder: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'replybus-folder-'));
  folder = join(base, 'data');
});
afterEach(() => rm(base, { recursive: true, force: true }));

const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

async function make(mode: number, files: readonly string[] = []): Promise<void> {
  await mkdir(folder);
  for (const name of files) await writeFile(join(folder, name), '');
  await chmod(folder, mode);
}

async function refused(words: RegExp): Promise<void> {
  const error: unknown = await openDataFolder(folder).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UserError);
  expect(String(error)).toMatch(words);
  expect(String(error)).not.toContain('\n');
}

describe('a data folder', () => {
  it('is made for its owner alone, with the folders above it', async () => {
    folder = join(base, 'above', 'data');
    await openDataFolder(folder);
    expect([await modeOf(join(base, 'above')), await modeOf(folder)]).toEqual([0o700, 0o700]);
  });

  it.each([0o755, 0o750, 0o777])('that is empty is closed to others, from mode %o on', async (mode) => {
    await make(mode);
    await openDataFolder(folder);
    expect(await modeOf(folder)).toBe(0o700);
  });

  it('of ours that others could read is closed to them, with every file in it', async () => {
    const files = ['replybus.db', 'replybus.db-wal', 'replybus.db-shm', 'api.json', 'world.json', 'notes'];
    await make(0o755, files);
    for (const name of files) await chmod(join(folder, name), 0o644);
    await openDataFolder(folder);
    expect(await modeOf(folder)).toBe(0o700);
    for (const name of files) expect(await modeOf(join(folder, name))).toBe(0o600);
  });

  it('has the folders in it closed, and what lies in those left as it is', async () => {
    await make(0o700);
    await mkdir(join(folder, 'mail'), { mode: 0o755 });
    await writeFile(join(folder, 'mail', 'one.eml'), '', { mode: 0o644 });
    await openDataFolder(folder);
    expect(await modeOf(join(folder, 'mail'))).toBe(0o700);
    expect(await modeOf(join(folder, 'mail', 'one.eml'))).toBe(0o644);
  });

  it('that is ours alone has its files closed too', async () => {
    await make(0o700, ['replybus.db']);
    await chmod(join(folder, 'replybus.db'), 0o640);
    await openDataFolder(folder);
    expect(await modeOf(join(folder, 'replybus.db'))).toBe(0o600);
  });

  it('that holds something else and is open to others is left as it is, and said', async () => {
    await make(0o755, ['thesis.txt']);
    await refused(/is open to other users and not empty; look through it and "chmod 700" it, or use another --data\.$/);
    expect(await modeOf(folder)).toBe(0o755);
  });

  it('into which others could have put something is not trusted', async () => {
    await make(0o777, ['replybus.db']);
    await refused(/is open to other users and not empty/);
  });

  it('may be reached by a link of its owner, and not by one in place of its database', async () => {
    const real = join(base, 'real');
    await mkdir(real, { mode: 0o755 });
    await symlink(real, folder);
    await openDataFolder(folder);
    expect(await modeOf(real)).toBe(0o700);
    await symlink('/etc/hosts', join(real, 'replybus.db'));
    await refused(/replybus\.db is a link; put the database itself there/);
  });

  it('that is a file, or lies below one, is told', async () => {
    await writeFile(folder, '');
    await refused(/^UserError: The data folder .* cannot be written \(EEXIST\)/);
    folder = join(folder, 'below');
    await refused(/cannot be written \(ENOTDIR\)/);
  });

  it('with the database of an older Replybus is told', async () => {
    await make(0o700);
    await mkdir(join(folder, 'database'));
    await writeFile(join(folder, 'database', 'CURRENT'), 'MANIFEST-000004\n');
    await refused(/holds the database of an older Replybus, which this one cannot read; move the folder away/);
  });

  // Only root can give a file away.
  describe.runIf(process.getuid?.() === 0)('of another user', () => {
    it('is refused', async () => {
      await make(0o700);
      await lchown(folder, 65_534, 65_534);
      await refused(/belongs to another user; use another --data/);
    });

    it('is refused when only the link to it is theirs', async () => {
      await mkdir(join(base, 'real'));
      await symlink(join(base, 'real'), folder);
      await lchown(folder, 65_534, 65_534);
      await refused(/belongs to another user/);
    });

    it('is refused when only a file in it is theirs', async () => {
      await make(0o700, ['replybus.db']);
      await lchown(join(folder, 'replybus.db'), 65_534, 65_534);
      await refused(/replybus\.db belongs to another user/);
    });
  });
});

describe('the file that leads to the running process', () => {
  it("is its owner's alone, also where an older one was open", async () => {
    await make(0o700, ['api.json', `api.json.${process.pid}`]);
    for (const name of ['api.json', `api.json.${process.pid}`]) await chmod(join(folder, name), 0o666);
    await writeApiFile(folder, { address: 'http://127.0.0.1:1', token: 't', pid: process.pid });
    expect(await modeOf(join(folder, 'api.json'))).toBe(0o600);
  });
});
