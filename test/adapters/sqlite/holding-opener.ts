/** Run by the tests as its own process: opens the database, says how that went, and has it until it is killed. */
import { openSqlite } from '../../../adapters/sqlite/database.ts';

try {
  await openSqlite(process.argv[2] ?? '');
  process.stdout.write('has it\n');
} catch (error) {
  process.stdout.write(`${error instanceof Error ? error.message : 'no error'}\n`);
}
setInterval(() => {}, 1_000);
