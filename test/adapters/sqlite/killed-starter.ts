/** Run by the tests as its own process: makes the database, and is killed before the given step of it. */
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { DatabaseSync } from 'node:sqlite';

const [file = '', last = ''] = process.argv.slice(2);
let steps = 0;

function killedAtLast(target: object, name: string): void {
  const run = Reflect.get(target, name);
  const counted = function (this: unknown, ...args: unknown[]) {
    if (steps === Number(last)) process.kill(process.pid, 'SIGKILL');
    steps += 1;
    return Reflect.apply(run, this, args);
  };
  Reflect.set(target, name, counted);
}

for (const name of ['lstat', 'stat', 'open', 'link', 'rm', 'readdir']) killedAtLast(fs, name);
killedAtLast(DatabaseSync.prototype, 'exec');
syncBuiltinESMExports();
const { openSqlite } = await import('../../../adapters/sqlite/database.ts');
await openSqlite(file);
process.exit();
