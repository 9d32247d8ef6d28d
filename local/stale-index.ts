import { openLevel } from './level.ts';

type Row = Readonly<Record<string, { readonly S?: string } | undefined>>;

/** Both index places hold the time and the address, so the text alone tells which document it is of. */
function places(row: Row): readonly string[] {
  return [row.dueAt?.S, row.recordedAt?.S].flatMap((place) => place ?? []);
}

function range(prefix: string) {
  return { gte: prefix, lt: `${prefix}\xff` };
}

/**
 * Dynalite writes an index before its item, so a kill between the two leaves an entry that no document has; nothing
 * would ever take it away, and it would stay first in what is due. Entries that a kill took away are not put back: who
 * reads what is due after a start scans the table. Runs before dynalite opens the folder. Source: dynalite 4.0.0,
 * db/index.js, actions/putItem.js and actions/updateItem.js.
 */
export async function dropStaleIndexEntries(folder: string, tableName: string): Promise<void> {
  const database = openLevel<Row>(folder, 'json');
  await database.open();
  const current = new Set<string>();
  for await (const [, row] of database.iterator(range(`item-${tableName}~`))) {
    for (const place of places(row)) current.add(place);
  }
  for await (const [key, row] of database.iterator(range(`index-global~${tableName}~`))) {
    if (!places(row).every((place) => current.has(place))) await database.del(key);
  }
  await database.close();
}
