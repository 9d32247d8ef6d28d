import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, mkdtemp, readdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqlite } from '../../../adapters/sqlite/database.ts';
import { UserError } from '../../../shared/failure.ts';
import { integrityOf, writeAndKill } from './killed.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'replybus-sqlite-'));
  file = join(folder, 'replybus.db');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const at = (key: string, rest = {}) => ({ partition: 'p', key, value: {}, ...rest });

describe('the SQLite database', () => {
  it('keeps what was put when it is closed and opened again', async () => {
    const first = await openSqlite(file);
    await first.store.put(at('k', { value: { n: 1 }, dueAt: 5 }), 0);
    await first.close();
    expect(await readdir(folder)).toEqual(['replybus.db']);
    const second = await openSqlite(file);
    expect(await second.store.get(at('k'))).toMatchObject({ version: 1, value: { n: 1 } });
    expect(await second.store.due(5, 1)).toEqual([{ partition: 'p', key: 'k' }]);
    await second.close();
  });

  it('has what was put before it was closed, and was not answered yet', async () => {
    const { store, close } = await openSqlite(file);
    const put = store.put(at('k'), 0);
    await close();
    expect(await put).toBe(true);
    const again = await openSqlite(file);
    expect(await again.store.get(at('k'))).toBeDefined();
    await again.close();
  });

  it('tells a second opener in one sentence who holds the folder, and goes on serving the first', async () => {
    const first = await openSqlite(file);
    await expect(openSqlite(file)).rejects.toEqual(
      new UserError(
        `Another replybus process holds the data folder ${folder}; stop it first or use another --data.`,
        1,
      ),
    );
    expect(await first.store.put(at('k'), 0)).toBe(true);
    await first.close();
    await (await openSqlite(file)).close();
  });

  it('makes its files for its owner alone, whatever the process makes others', async () => {
    const before = process.umask(0);
    try {
      const { store, close } = await openSqlite(file);
      await store.put(at('k'), 0);
      const names = await readdir(folder);
      expect(names).toContain('replybus.db-wal');
      for (const name of names) expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
      await close();
    } finally {
      process.umask(before);
    }
  });

  it('keeps its journal beside the file', async () => {
    const { close } = await openSqlite(file);
    await close();
    const database = new DatabaseSync(file);
    expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    database.close();
  });

  it('finds what is due and the timeline by their indexes', async () => {
    await (await openSqlite(file)).close();
    const database = new DatabaseSync(file);
    const plan = (where: string, order: string) =>
      database
        .prepare(`EXPLAIN QUERY PLAN SELECT key FROM documents WHERE ${where} ORDER BY ${order} LIMIT 9`)
        .all()
        .map(({ detail }) => detail);
    expect(plan('due_at <= 5', 'due_at, address')).toEqual(['SEARCH documents USING INDEX due (due_at<?)']);
    const stranded = "due_at >= 5 AND (due_at > 5 OR address > 'a')";
    expect(plan(stranded, 'due_at, address')).toEqual(['SEARCH documents USING INDEX due (due_at>?)']);
    const later = "recorded_at >= 5 AND (recorded_at > 5 OR address > 'a')";
    expect(plan(later, 'recorded_at, address')).toEqual(['SEARCH documents USING INDEX timeline (recorded_at>?)']);
    database.close();
  });

  it('gives each of thousands that are due later once, many of them at one instant', async () => {
    const { store, close } = await openSqlite(file);
    const names = Array.from({ length: 2_500 }, (_, number) => `k${number}`);
    await Promise.all(names.map((key, number) => store.put(at(key, { dueAt: number < 2_200 ? 7 : number }), 0)));
    const found: string[] = [];
    for await (const { key } of store.dueAfter(6)) found.push(key);
    expect(found.toSorted()).toEqual(names.toSorted());
    await close();
  });

  it('has every acknowledged put after five kills in the middle of puts, and no index without its document', async () => {
    const acknowledged: string[] = [];
    for (let round = 0; round < 5; round += 1) acknowledged.push(...(await writeAndKill(file, round, 30 + 17 * round)));
    expect(integrityOf(file)).toBe('ok');
    const { store, close } = await openSqlite(file);
    const documents = new Map((await store.list('p')).map((document) => [document.key, document]));
    expect(acknowledged.length).toBeGreaterThan(300);
    expect(acknowledged.filter((key) => documents.get(key)?.version !== 2)).toEqual([]);
    const due = await store.due(2, 100_000);
    expect(due.map(({ key }) => key).sort()).toEqual([...documents.keys()].sort());
    await close();
  }, 60_000);
});

describe('the first start', () => {
  it('killed before any of its steps hinders the next in nothing, and leaves no other file', async () => {
    const starter = join(import.meta.dirname, 'killed-starter.ts');
    const left = new Set<string>();
    let killed = 0;
    while (spawnSync(process.execPath, [starter, file, String(killed)]).signal === 'SIGKILL') {
      killed += 1;
      for (const name of await readdir(folder)) left.add(name.replace(/\d+/, 'PID'));
      const { store, close } = await openSqlite(file);
      expect([killed, await store.put(at('k'), 0)]).toEqual([killed, true]);
      await close();
      expect([killed, await readdir(folder)]).toEqual([killed, ['replybus.db']]);
      await rm(file);
    }
    expect(killed).toBeGreaterThan(15);
    expect([...left].toSorted()).toEqual(expect.arrayContaining(['replybus.db', 'replybus.db.PID.new']));
  }, 60_000);

  it('of several processes at one moment makes one database, which one of them has', async () => {
    const opener = join(import.meta.dirname, 'holding-opener.ts');
    const children = [1, 2, 3].map(() =>
      spawn(process.execPath, [opener, file], { stdio: ['ignore', 'pipe', 'inherit'] }),
    );
    const said = await Promise.all(children.map(async ({ stdout }) => String((await once(stdout, 'data'))[0]).trim()));
    const gone = children.map((child) => once(child, 'exit'));
    for (const child of children) child.kill('SIGKILL');
    await Promise.all(gone);
    const held = `Another replybus process holds the data folder ${folder}; stop it first or use another --data.`;
    expect(said.toSorted()).toEqual([held, held, 'has it'].toSorted());
    await (await openSqlite(file)).close();
    expect(await readdir(folder)).toEqual(['replybus.db']);
  }, 60_000);
});

describe('a file that is not as it should be', () => {
  const refused = async (words: RegExp) => {
    const error: unknown = await openSqlite(file).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect(String(error)).toMatch(words);
    expect(String(error)).toContain(file);
  };

  it('is told in one sentence that says what to do, when it is damaged', async () => {
    await writeFile(file, 'x'.repeat(10_000));
    await refused(/^UserError: The database .* is damaged; put it aside .* and put a copy from "replybus backup"/);
  });

  it('is told when it is damaged within, by the call that meets the damage', async () => {
    const first = await openSqlite(file);
    for (let n = 0; n < 200; n += 1) await first.store.put(at(`k${n}`, { value: { body: 'x'.repeat(1_000) } }), 0);
    await first.close();
    const { size } = await stat(file);
    const { open } = await import('node:fs/promises');
    const handle = await open(file, 'r+');
    for (let page = 4; page < size / 4_096; page += 1) await handle.write('rubbish!'.repeat(100), page * 4_096);
    await handle.close();
    const { store, close } = await openSqlite(file);
    await expect(store.list('p')).rejects.toThrow(/is damaged; put it aside/);
    await close();
  });

  it('is told when it is of another program', async () => {
    const other = new DatabaseSync(file);
    other.exec('CREATE TABLE notes (text TEXT)');
    other.close();
    await refused(/is a database of another program; use another --data\./);
  });

  it('is told when a newer Replybus wrote it', async () => {
    await (await openSqlite(file)).close();
    const newer = new DatabaseSync(file);
    newer.exec('PRAGMA user_version = 99');
    newer.close();
    await refused(/was written by a newer Replybus; update this one/);
  });

  it('is told when it is a folder, or a link to what another wants', async () => {
    await symlink('/etc/hosts', file);
    await refused(/is no file of ours/);
  });

  it.each([
    ['taken away', async () => await rm(folder, { recursive: true })],
    [
      'replaced',
      async () => {
        await rename(file, join(folder, 'aside.db'));
        await writeFile(file, '');
      },
    ],
  ])('answers no put after it was %s under the process that has it', async (_, spoil) => {
    const { store, trouble, close } = await openSqlite(file);
    await store.put(at('before'), 0);
    expect(trouble()).toBeUndefined();
    await spoil();
    await expect(store.put(at('after'), 0)).rejects.toThrow(/was taken away or replaced while it was in use/);
    expect(trouble()?.message).toContain(file);
    await close();
  });

  it('is told when it is empty, whatever was left beside it', async () => {
    await writeFile(file, '');
    await refused(
      /is empty, so it is damaged; put a copy from "replybus backup" in its place, or remove all files of its name to start anew\.$/,
    );
    await (await openSqlite(join(folder, 'other.db'))).close();
    await copyFile(join(folder, 'other.db'), `${file}-wal`);
    await refused(/is empty, so it is damaged/);
    expect((await stat(file)).size).toBe(0);
  });

  it.each(['-wal', '-journal'])(
    'is told when it is gone and its %s is not, which no new one may be mixed with',
    async (ending) => {
      await writeFile(`${file}${ending}`, 'rest');
      await refused(/is not there, but a part of it is, in .*; put the database back, or remove all files of its name/);
      expect(await readdir(folder)).toEqual([`replybus.db${ending}`]);
    },
  );

  it('is told when the disk takes no more, and what was put before is there', async () => {
    const script = join(import.meta.dirname, 'filling-writer.ts');
    // Files of this shell's children end at 2 MB.
    const limited = `ulimit -f 2048 && exec "${process.execPath}" "${script}" "${file}"`;
    const { stdout } = await promisify(execFile)('bash', ['-c', limited]);
    const [sentence = '', count = ''] = stdout.trim().split('\n');
    expect(sentence).toBe(
      `The data folder ${folder} cannot be read or written; look after its disk, and for a limit on the size of files.`,
    );
    expect(integrityOf(file)).toBe('ok');
    const { store, close } = await openSqlite(file);
    expect((await store.list('p')).map(({ key }) => key)).toEqual(
      Array.from({ length: Number(count) }, (_, n) => String(n).padStart(5, '0')),
    );
    expect(await store.put(at('more'), 0)).toBe(true);
    await close();
  });

  it.runIf(process.getuid?.() !== 0)('is told when it cannot be written', async () => {
    await (await openSqlite(file)).close();
    await chmod(file, 0o400);
    await refused(/cannot be (written|opened)/);
  });
});
