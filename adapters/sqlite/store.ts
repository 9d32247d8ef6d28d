import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { Instant } from '../../shared/model.ts';
import {
  addressTextOf,
  boundAfter,
  boundBefore,
  checkedPut,
  compareText,
  cursorOf,
  indexKey,
  instantOf,
  lastInstant,
  parsedValue,
  placeOf,
  prefixEnd,
  valueText,
  wellFormed,
} from '../../shared/store/order.ts';
import type { Address, Document, Store } from '../../shared/store/store.ts';
import type { Batch } from './batch.ts';

type Row = Record<string, SQLOutputValue>;

const COLUMNS = 'partition, key, version, value, due_at, recorded_at';

const addressOf = ({ partition, key }: Row): Address => ({ partition: String(partition), key: String(key) });

function documentOf(row: Row): Document {
  const { version, value, due_at: dueAt, recorded_at: recordedAt } = row;
  return {
    ...addressOf(row),
    version: Number(version),
    value: parsedValue(String(value)),
    ...(dueAt !== null && { dueAt: Number(dueAt) }),
    ...(recordedAt !== null && { recordedAt: Number(recordedAt) }),
  };
}

function statements(database: DatabaseSync) {
  return {
    get: database.prepare(`SELECT ${COLUMNS} FROM documents WHERE partition = ? AND key = ?`),
    list: database.prepare(`SELECT ${COLUMNS} FROM documents WHERE partition = ? AND key >= ? ORDER BY key`),
    listUntil: database.prepare(
      `SELECT ${COLUMNS} FROM documents WHERE partition = ? AND key >= ? AND key < ? ORDER BY key`,
    ),
    insert: database.prepare(
      `INSERT INTO documents (partition, key, version, value, due_at, recorded_at) VALUES (?, ?, 1, ?, ?, ?)
       ON CONFLICT DO NOTHING`,
    ),
    update: database.prepare(
      `UPDATE documents SET version = version + 1, value = ?, due_at = ?, recorded_at = coalesce(recorded_at, ?)
       WHERE partition = ? AND key = ? AND version = ?`,
    ),
    remove: database.prepare('DELETE FROM documents WHERE partition = ? AND key = ? AND version = ?'),
    due: database.prepare(`SELECT partition, key FROM documents WHERE due_at <= ? ORDER BY due_at, address LIMIT ?`),
    dueAfter: database.prepare(
      `SELECT partition, key, due_at FROM documents
       WHERE due_at >= ?1 AND (due_at > ?1 OR address > ?2) ORDER BY due_at, address LIMIT ?3`,
    ),
    timeline: database.prepare(
      `SELECT partition, key, recorded_at FROM documents
       WHERE recorded_at >= ?1 AND (recorded_at > ?1 OR address > ?2) ORDER BY recorded_at, address LIMIT ?3`,
    ),
    timelineDown: database.prepare(
      `SELECT partition, key, recorded_at FROM documents
       WHERE recorded_at >= ?1 AND recorded_at <= ?2 AND (recorded_at < ?2 OR address < ?3)
       ORDER BY recorded_at DESC, address DESC LIMIT ?4`,
    ),
  };
}

type Statements = ReturnType<typeof statements>;

function reads(sql: Statements): Pick<Store, 'get' | 'list'> {
  return {
    async get(address) {
      const { partition, key } = wellFormed(address);
      const row = sql.get.get(partition, key);
      return row && documentOf(row);
    },
    async list(name, start = '') {
      const [partition, prefix] = [name.toWellFormed(), start.toWellFormed()];
      const end = prefixEnd(prefix);
      const rows = end === undefined ? sql.list.all(partition, prefix) : sql.listUntil.all(partition, prefix, end);
      return rows.map(documentOf);
    },
  };
}

function writes(sql: Statements, batch: Batch): Pick<Store, 'put' | 'remove'> {
  return {
    async put(put, expected) {
      const { partition, key, dueAt = null, recordedAt = null, value } = checkedPut(put);
      const text = valueText(value);
      return await batch.add(() =>
        expected === 0
          ? sql.insert.run(partition, key, text, dueAt, recordedAt).changes === 1
          : sql.update.run(text, dueAt, recordedAt, partition, key, expected).changes === 1,
      );
    },
    async remove(address, expected) {
      const { partition, key } = wellFormed(address);
      return await batch.add(() => sql.remove.run(partition, key, expected).changes === 1);
    },
  };
}

function upFrom(sql: Statements, from: Instant, after: string | undefined, limit: number): readonly Row[] {
  const bound = boundBefore(from);
  const place = after === undefined ? bound : placeOf(after);
  const start = compareText(place, bound) > 0 ? place : bound;
  return sql.timeline.all(instantOf(start), addressTextOf(start), limit);
}

function downFrom(sql: Statements, from: Instant, after: string | undefined, limit: number): readonly Row[] {
  const place = after === undefined ? boundAfter(Number.POSITIVE_INFINITY) : placeOf(after);
  return sql.timelineDown.all(instantOf(boundBefore(from)), instantOf(place), addressTextOf(place), limit);
}

/** Rows read at once of what may be all that is due. */
const ROWS_AT_ONCE = 1_000;

/** In slices, since others write in between. */
async function* dueFrom(sql: Statements, instant: Instant): AsyncGenerator<Address> {
  let from = { instant, address: '' };
  for (let rows: readonly Row[] = []; ; ) {
    rows = sql.dueAfter.all(from.instant, from.address, ROWS_AT_ONCE);
    yield* rows.map(addressOf);
    const last = rows.at(-1);
    if (!last || rows.length < ROWS_AT_ONCE) return;
    const place = indexKey(Number(last.due_at), addressOf(last));
    from = { instant: instantOf(place), address: addressTextOf(place) };
  }
}

function indexes(sql: Statements): Pick<Store, 'due' | 'dueAfter' | 'timeline'> {
  return {
    async due(before, limit) {
      return sql.due.all(lastInstant(before), Math.max(0, limit)).map(addressOf);
    },
    dueAfter: (after) => dueFrom(sql, lastInstant(after) + 1),
    async timeline(from, { limit, after, order = 'oldest' }) {
      // One more than asked for tells whether there is a next page.
      const rows = (order === 'newest' ? downFrom : upFrom)(sql, from, after, limit + 1);
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      const more = last !== undefined && rows.length > limit;
      return {
        addresses: page.map(addressOf),
        ...(more && { cursor: cursorOf(indexKey(Number(last.recorded_at), addressOf(last))) }),
      };
    },
  };
}

/** The store on an open database. Reads and writes are synchronous within; a write is answered when it is on disk. */
export function sqliteStore(database: DatabaseSync, batch: Batch): Store {
  const sql = statements(database);
  return { ...reads(sql), ...writes(sql, batch), ...indexes(sql) };
}
