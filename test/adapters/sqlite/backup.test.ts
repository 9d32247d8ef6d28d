import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, link, mkdtemp, open, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqlite } from '../../../adapters/sqlite/database.ts';
import { UserError } from '../../../shared/failure.ts';
import type { Store } from '../../../shared/store/store.ts';
import { integrityOf } from './killed.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'replybus-backup-'));
  file = join(folder, 'replybus.db');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const BODY = 'x'.repeat(3_000);
const keyOf = (n: number) => String(n).padStart(6, '0');

/** Puts one after another until told to stop; gives how many were answered so far. */
function writing(store: Store): { answered: number; stop(): Promise<void> } {
  let stopped = false;
  const state = { answered: 0, stop: async () => {} };
  const work = (async () => {
    for (let n = 0; !stopped; n += 1) {
      await store.put({ partition: 'p', key: keyOf(n), value: { n, body: BODY }, dueAt: n, recordedAt: n }, 0);
      state.answered = n + 1;
    }
  })();
  state.stop = async () => {
    stopped = true;
    await work;
  };
  return state;
}

/** What a copy holds, opened as the next database. */
async function numberIn(copy: string): Promise<number> {
  expect(integrityOf(copy)).toBe('ok');
  const { store, close } = await openSqlite(copy);
  const documents = await store.list('p');
  expect(documents.map(({ key }) => key)).toEqual(documents.map((_, n) => keyOf(n)));
  expect((await store.due(Number.POSITIVE_INFINITY, 1_000_000)).length).toBe(documents.length);
  expect(await store.put({ partition: 'q', key: 'next', value: {} }, 0)).toBe(true);
  await close();
  return documents.length;
}

describe('a backup', () => {
  it('taken at any moment while documents are put is whole, and holds all that was answered before it began', async () => {
    const { store, backUp, close } = await openSqlite(file);
    const writer = writing(store);
    const copies: [copy: string, before: number, after: number][] = [];
    for (let round = 0; round < 8; round += 1) {
      await sleep(7 * round);
      const before = writer.answered;
      const copy = join(folder, `copy-${round}.db`);
      const bytes = await backUp(copy);
      expect((await stat(copy)).size).toBe(bytes);
      copies.push([copy, before, writer.answered]);
    }
    await writer.stop();
    await close();
    for (const [copy, before, after] of copies) {
      const held = await numberIn(copy);
      expect(held).toBeGreaterThanOrEqual(before);
      expect(held).toBeLessThanOrEqual(after + 1);
    }
    expect(copies.at(-1)?.[1]).toBeGreaterThan(0);
  }, 60_000);

  it('lets puts go on while it is taken', async () => {
    const { store, backUp, close } = await openSqlite(file);
    const many = Array.from({ length: 5_000 }, (_, n) => n);
    await Promise.all(many.map((n) => store.put({ partition: 'big', key: keyOf(n), value: { body: BODY } }, 0)));
    const writer = writing(store);
    await backUp(join(folder, 'copy.db'));
    const during = writer.answered;
    await writer.stop();
    await close();
    expect(during).toBeGreaterThan(10);
    expect(integrityOf(join(folder, 'copy.db'))).toBe('ok');
  }, 60_000);

  it('holds what it is given beside the rest, which the database itself does not hold', async () => {
    const { store, backUp, close } = await openSqlite(file);
    await store.put({ partition: 'p', key: keyOf(0), value: {} }, 0);
    const mark = { partition: 'q', key: 'mark' };
    await backUp(join(folder, 'copy.db'), async (copy) => void (await copy.put({ ...mark, value: {} }, 0)));
    expect(await store.get(mark)).toBeUndefined();
    await close();
    expect((await readdir(folder)).sort()).toEqual(['copy.db', 'replybus.db']);
    const copy = await openSqlite(join(folder, 'copy.db'));
    expect([await copy.store.get(mark), await copy.store.get({ partition: 'p', key: keyOf(0) })]).toMatchObject([
      {},
      {},
    ]);
    await copy.close();
  });

  it("is its owner's alone, and leaves nothing else behind", async () => {
    const before = process.umask(0);
    try {
      const { backUp, close } = await openSqlite(file);
      await backUp(join(folder, 'copy.db'));
      await close();
      expect((await stat(join(folder, 'copy.db'))).mode & 0o777).toBe(0o600);
      expect((await readdir(folder)).sort()).toEqual(['copy.db', 'replybus.db']);
    } finally {
      process.umask(before);
    }
  });

  it('never writes over a file, a link or its own database', async () => {
    const { store, backUp, close } = await openSqlite(file);
    await store.put({ partition: 'p', key: keyOf(0), value: {} }, 0);
    await writeFile(join(folder, 'mine.txt'), 'mine');
    await link(join(folder, 'mine.txt'), join(folder, 'linked'));
    for (const name of ['mine.txt', 'linked', 'replybus.db']) {
      const target = join(folder, name);
      await expect(backUp(target)).rejects.toEqual(
        new UserError(`${target} is there already; name a file that is not.`, 1),
      );
    }
    await expect(backUp(join(folder, 'no', 'copy.db'))).rejects.toThrow(/There is no folder .*\/no; make it first\./);
    expect(await store.get({ partition: 'p', key: keyOf(0) })).toBeDefined();
    await close();
    expect((await readdir(folder)).sort()).toEqual(['linked', 'mine.txt', 'replybus.db']);
  });

  it('never takes a name that the database uses itself', async () => {
    const { backUp, close } = await openSqlite(file);
    for (const ending of ['-journal', '-wal', '-shm'])
      await expect(backUp(`${file}${ending}`)).rejects.toThrow(/is a name that the database uses itself/);
    await close();
  });

  it('of a damaged database is not made, and says so', async () => {
    const first = await openSqlite(file);
    for (let n = 0; n < 60; n += 1) await first.store.put({ partition: 'p', key: keyOf(n), value: { body: BODY } }, 0);
    await first.close();
    const handle = await open(file, 'r+');
    await handle.write('rubbish!'.repeat(400), 10 * 4_096);
    await handle.close();
    const { backUp, close } = await openSqlite(file);
    await expect(backUp(join(folder, 'copy.db'))).rejects.toThrow(/^Nothing was copied\. The database .* is damaged/);
    await close();
    expect(await readdir(folder)).toEqual(['replybus.db']);
  });

  it('is whole or not there when the process is killed while it is taken', async () => {
    const script = join(import.meta.dirname, 'backing-writer.ts');
    for (let round = 0; round < 4; round += 1) {
      const child = spawn(process.execPath, [script, file, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
      const exited = once(child, 'exit');
      for await (const line of createInterface({ input: child.stdout })) {
        if (line !== 'begun') continue;
        await sleep(3 + 11 * round);
        child.kill('SIGKILL');
      }
      await exited;
    }
    expect(integrityOf(file)).toBe('ok');
    const copies = (await readdir(folder)).filter((name) => /^copy-.*\.db$/.test(name));
    for (const copy of copies) expect(integrityOf(join(folder, copy))).toBe('ok');
    await copyFile(file, join(folder, 'again.db'));
    await (await openSqlite(join(folder, 'again.db'))).close();
  }, 60_000);
});
