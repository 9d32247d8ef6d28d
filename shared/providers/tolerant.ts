import * as z from 'zod/mini';
import { $ZodObjectJIT } from 'zod/v4/core';
import { digest } from '../fingerprint.ts';
import { issuesOf } from '../http/issues.ts';
import type { Instant, JsonObject, Unreadable } from '../model.ts';
import { vendorInstant } from '../time.ts';

/**
 * How long an answer may be that holds replies: a conversation comes whole, and the words that a row shows may carry a picture. One that is not
 * read silences all that stand in it.
 */
export const ROOM_FOR_REPLIES = 64 * 1024 * 1024;

/** A field we can do without: null, missing or of another type all read as absent. */
export function maybe<Schema extends z.ZodMiniType>(schema: Schema) {
  return z.catch(z.nullish(schema), undefined);
}

/** An object of a list, with whatever it holds besides. Each poll parses a hundred, so zod compiles what reads them. */
export function listed<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const compiled: z.core.$ZodType = new $ZodObjectJIT({ type: 'object', shape, catchall: z.unknown() });
  // Its constructor says nothing of the shape; a loose object of it is what it makes.
  return compiled as z.core.$ZodType<z.infer<z.ZodMiniObject<Shape, z.core.$loose>>>;
}

const FLAGS = new Map<unknown, boolean>([
  ['true', true],
  ['false', false],
  [1, true],
  [0, false],
]);

/** Yes or no, also as text or number; undefined for what is neither. */
export function flagOf(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : FLAGS.get(typeof value === 'string' ? value.toLowerCase() : value);
}

/** A yes or no that must be there. */
export const flag = z.pipe(
  z.transform((value: unknown) => flagOf(value) ?? value),
  z.boolean(),
);

/** Ids must be text: a number beyond 2^53 reads as another number. */
export const idText = z.string().check(z.minLength(1));

/** A vendor's time as an Instant; what cannot be read strictly is an issue, not a guess. */
export const instant = z.pipe(
  z.union([z.string(), z.number()]),
  z.transform((value, context): Instant => {
    const read = vendorInstant(value);
    if (read !== undefined) return read;
    context.issues.push({ code: 'custom', message: 'not a time', input: value });
    return z.NEVER;
  }),
);

/** The same, beside the time exactly as given: some calls must repeat it. */
export const givenInstant = z.pipe(
  z.union([z.string(), z.number()]),
  z.transform((given, context): { readonly at: Instant; readonly given: string } => {
    const at = vendorInstant(given);
    if (at !== undefined) return { at, given: String(given) };
    context.issues.push({ code: 'custom', message: 'not a time', input: given });
    return z.NEVER;
  }),
);

export interface Sorted<Item> {
  readonly items: readonly Item[];
  readonly unreadable: readonly Unreadable[];
}

/**
 * Parses each row on its own, so that one bad row hides no other. `idOf` finds the vendor's id in a row that failed, and `timeOf` what it
 * gives as its time.
 */
export function parseEach<Row, Item>(
  rows: readonly unknown[],
  schema: z.core.$ZodType<Row>,
  map: (row: Row, raw: unknown) => Item,
  idOf: (raw: JsonObject) => string | undefined,
  timeOf: (raw: JsonObject) => unknown = () => undefined,
): Sorted<Item> {
  const items: Item[] = [];
  const unreadable: Unreadable[] = [];
  for (const [place, raw] of rows.entries()) {
    const parsed = z.safeParse(schema, raw);
    if (parsed.success) items.push(map(parsed.data, raw));
    else {
      const fields = fieldsOf(raw);
      const at = z.safeParse(instant, timeOf(fields)).data;
      const id = idOf(fields) ?? digest(raw);
      unreadable.push({ id, issues: issuesOf(parsed.error), place, ...(at !== undefined && { at }) });
    }
  }
  return { items, unreadable };
}

/** Those of an object; none of whatever else the vendor sent. */
export const fieldsOf = (raw: unknown): JsonObject =>
  typeof raw === 'object' && raw !== null && !Array.isArray(raw) ? (raw as JsonObject) : {};

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Fields of a vendor's object that the model does not name. */
export function rest(raw: { readonly [key: string]: unknown }, named: ReadonlySet<string>): JsonObject {
  const left: { [key: string]: unknown } = {};
  for (const key of Object.keys(raw)) {
    const value = raw[key];
    if (!named.has(key) && value !== undefined && key !== '__proto__') left[key] = value;
  }
  // What came out of JSON.parse is JSON.
  return left as JsonObject;
}
