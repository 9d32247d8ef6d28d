import type * as z from 'zod/mini';
import { listOf } from '../shared/api/shapes.ts';
import { UserError } from '../shared/failure.ts';
import type { ApiClient, Query } from './client.ts';
import { note, print, printJson, type Shown } from './output.ts';

export interface Listing<Item extends z.ZodMiniType> {
  readonly path: string;
  readonly item: Item;
  readonly query?: Query;
  /** Stops after so many. */
  readonly limit?: number;
  readonly json: boolean | undefined;
  line(item: z.infer<Item>): string | Shown;
  /** Said when there is nothing. */
  readonly none?: string;
}

type Failures = readonly { readonly connection: string; readonly detail: string }[];

/** What kept connections out of a list: each said once, and the command fails. */
function tellFailures(failures: Failures, told: Set<string>): void {
  if (failures.length > 0) process.exitCode = 1;
  for (const { connection, detail } of failures) {
    if (!told.has(detail)) note(`${connection}: ${detail}`);
    told.add(detail);
  }
}

/** A list, printed page by page as it comes. A page may be empty before the end. */
export async function printList<Item extends z.ZodMiniType>(api: ApiClient, listing: Listing<Item>): Promise<void> {
  const { path, item, query = {}, limit = Number.POSITIVE_INFINITY, json, line, none } = listing;
  const shape = listOf(item);
  const told = new Set<string>();
  let cursor: string | null = null;
  let seen = 0;
  do {
    const asked: Query = { ...query, cursor: cursor ?? undefined };
    const page: z.infer<typeof shape> | undefined = await api.get(shape, path, asked).catch((error: unknown) => {
      // All that is left is what could not be asked before, and still cannot: that has been said.
      if (error instanceof UserError && told.has(error.message)) return undefined;
      throw error;
    });
    if (page === undefined) break;
    for (const each of page.items.slice(0, limit - seen)) {
      if (json) printJson(each);
      else print(line(each));
    }
    tellFailures(page.failures, told);
    if (page.unreadable > 0) note(`${page.unreadable} rows of this page could not be read and are left out.`);
    seen += page.items.length;
    cursor = page.cursor;
  } while (cursor !== null && seen < limit);
  if (seen === 0 && !json && none !== undefined) note(none);
}
