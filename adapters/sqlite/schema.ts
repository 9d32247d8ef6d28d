import type { DatabaseSync } from 'node:sqlite';
import { UserError } from '../../shared/failure.ts';

/** Tells our file from other SQLite files. In ASCII: RPLY. */
const APPLICATION_ID = 0x52504c59;

/**
 * What takes the file from one version to the next; its `user_version` counts those that were carried out. What stands
 * here is never changed, only added to. `address` orders equal times as DynamoDB's index keys do.
 */
const STEPS: readonly string[] = [
  `CREATE TABLE documents (
     partition TEXT NOT NULL,
     key TEXT NOT NULL,
     version INTEGER NOT NULL,
     value TEXT NOT NULL,
     due_at INTEGER,
     recorded_at INTEGER,
     address TEXT AS (partition || '#' || key) VIRTUAL,
     PRIMARY KEY (partition, key)
   ) STRICT;
   CREATE INDEX due ON documents (due_at, address) WHERE due_at IS NOT NULL;
   CREATE INDEX timeline ON documents (recorded_at, address) WHERE recorded_at IS NOT NULL;`,
];

const numberOf = (database: DatabaseSync, pragma: string): number =>
  Number(database.prepare(`PRAGMA ${pragma}`).get()?.[pragma]);

function step(database: DatabaseSync, statements: string, version: number): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    database.exec(statements);
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${version}`);
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/** Makes the tables, or takes those of an older version up to this one. */
export function upgrade(database: DatabaseSync, file: string): void {
  const version = numberOf(database, 'user_version');
  const isNew = numberOf(database, 'schema_version') === 0;
  if (!isNew && numberOf(database, 'application_id') !== APPLICATION_ID) {
    throw new UserError(`${file} is a database of another program; use another --data.`, 1);
  }
  if (version > STEPS.length) {
    throw new UserError(`${file} was written by a newer Replybus; update this one, or use another --data.`, 1);
  }
  for (const [index, statements] of STEPS.entries()) {
    if (index >= version) step(database, statements, index + 1);
  }
}
