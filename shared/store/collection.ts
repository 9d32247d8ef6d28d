import type { Instant, JsonObject } from '../model.ts';
import type { Address, Document, Store } from './store.ts';

/** A document whose value was read by its schema. */
export interface Stored<Value> extends Omit<Document, 'value'> {
  readonly value: Value;
}

/** What is put: the whole of a document but its version. Without `dueAt` nobody looks at it again. */
export interface Writing<Value> extends Address {
  readonly value: Value;
  readonly dueAt?: Instant;
  readonly recordedAt?: Instant;
}

/** A document is there and cannot be read. Whoever gets one must not go on as if there were none. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
  readonly address: Address;
  readonly version: number;
  /** Names and shapes, never values. */
  readonly why: string;
  constructor(what: string, { partition, key, version }: Document, why: string) {
    super(`The stored ${what} at ${partition} ${key} cannot be read (${why}).`);
    this.address = { partition, key };
    this.version = version;
    this.why = why;
  }
}

/** What a change makes of a document: the next one, nothing new, or nothing at all. */
export type Change<Value> =
  | { readonly value: Value; readonly dueAt?: Instant; readonly recordedAt?: Instant }
  | 'keep'
  | 'remove';

export type Updated<Value> =
  | { readonly kind: 'written'; readonly stored: Stored<Value> }
  /** The change had nothing to do. */
  | { readonly kind: 'kept'; readonly stored?: Stored<Value> }
  | { readonly kind: 'removed' }
  /** Others were first each time; nothing was written. */
  | { readonly kind: 'contended' }
  | { readonly kind: 'unreadable'; readonly error: Unreadable };

export interface UpdateOptions {
  /** Writes tried before giving up. */
  readonly tries: number;
  /** Between two tries, where many processes write one document at once. */
  readonly pause?: (attempt: number) => Promise<void>;
}

/** What zod's `safeParse` answers, so that a document that is read very often may have a hand-written one. */
export interface Schema<Value> {
  safeParse(
    value: unknown,
  ):
    | { readonly success: true; readonly data: Value }
    | { readonly success: false; readonly error: { readonly issues: readonly SchemaIssue[] } };
}

interface SchemaIssue {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
}

export interface CollectionDefinition<Value> {
  /** What one of its documents is, in a word for logs. */
  readonly name: string;
  readonly schema: Schema<Value>;
  /** Of the schema; 1 unless said. Documents carry it from 2 on: what carries none was written by version 1. */
  readonly version?: number;
  /** Takes a value one version on from `from`; called once for each version in between, and the schema reads the result. */
  readonly upgrade?: (value: JsonObject, from: number) => JsonObject;
  /** Names under which fields are stored that the code calls otherwise, at any depth; of a value whose keys are no data. */
  readonly storedAs?: Readonly<Record<string, string>>;
}

/** Documents of one kind. Each takes the store it works on, like every function of the core. */
export interface Collection<Value> {
  /** The document, {@link Unreadable}, or undefined where there is none. */
  get(store: Store, address: Address): Promise<Stored<Value> | Unreadable | undefined>;
  /** In order of key. What cannot be read is said and left out. */
  list(store: Store, partition: string, prefix?: string): Promise<readonly Stored<Value>[]>;
  /** What a caller holds already, read as `get` reads it. */
  read(store: Store, document: Document): Stored<Value> | Unreadable;
  /** As {@link Store.put}. */
  put(store: Store, writing: Writing<Value>, expected: number): Promise<boolean>;
  /**
   * Reads, changes and writes until nobody was in between. `change` may run several times, also after a write of its own
   * whose answer was lost: it decides by what it is given alone.
   */
  update(
    store: Store,
    address: Address,
    change: (stored: Stored<Value> | undefined) => Change<Value> | Promise<Change<Value>>,
    options: UpdateOptions,
  ): Promise<Updated<Value>>;
  /** As {@link Store.remove}, of what was read. */
  remove(store: Store, stored: Address & { readonly version: number }): Promise<boolean>;
}

/** The name under which a value carries the version of its schema. */
const VERSION = '$v';

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

type Names = ReadonlyMap<string, string>;

function renamed(value: JsonObject, names: Names): JsonObject {
  if (names.size === 0) return value;
  const entries = Object.entries(value);
  return Object.fromEntries(
    entries.map(([name, each]) => [names.get(name) ?? name, isObject(each) ? renamed(each, names) : each]),
  );
}

/** A value as the present version has it, or why there is none. */
function current(value: unknown, { version = 1, upgrade }: CollectionDefinition<unknown>): JsonObject | string {
  if (!isObject(value)) return 'it is no JSON object';
  const { [VERSION]: carried, ...rest } = value;
  // A map may have an entry of that name, which is no number greater than one.
  const from = typeof carried === 'number' && carried > 1 ? carried : 1;
  if (from > version) return `it was written by a newer Replybus, as version ${from}`;
  let upgraded = from === 1 ? value : rest;
  for (let step = from; step < version && upgrade; step += 1) upgraded = upgrade(upgraded, step);
  return upgraded;
}

const issueText = ({ path, code }: SchemaIssue) =>
  // A key that is no plain word may be data (an address used as a key).
  `${path.map((part) => (/^\w{1,40}$/.test(String(part)) ? String(part) : '?')).join('.') || 'the value'}: ${code ?? 'invalid'}`;

function parse<Value>(
  value: unknown,
  definition: CollectionDefinition<Value>,
  nameOf: Names,
): { readonly data: Value } | string {
  try {
    const found = current(value, definition);
    if (typeof found === 'string') return found;
    const parsed = definition.schema.safeParse(renamed(found, nameOf));
    return parsed.success ? parsed : parsed.error.issues.slice(0, 3).map(issueText).join('; ');
  } catch (error) {
    return `reading it failed with ${error instanceof Error ? error.name : 'an unknown error'}`;
  }
}

async function updateOnce<Value>(
  collection: Collection<Value>,
  store: Store,
  address: Address,
  change: Parameters<Collection<Value>['update']>[2],
): Promise<Updated<Value>> {
  const found = await collection.get(store, address);
  if (found instanceof Unreadable) return { kind: 'unreadable', error: found };
  const next = await change(found);
  if (next === 'keep') return { kind: 'kept', ...(found && { stored: found }) };
  if (next === 'remove') {
    const removed = found === undefined || (await collection.remove(store, found));
    return removed ? { kind: 'removed' } : { kind: 'contended' };
  }
  const version = found?.version ?? 0;
  const writing = { partition: address.partition, key: address.key, ...next };
  if (!(await collection.put(store, writing, version))) return { kind: 'contended' };
  const recordedAt = found?.recordedAt ?? next.recordedAt;
  const stored = { ...writing, version: version + 1, ...(recordedAt !== undefined && { recordedAt }) };
  return { kind: 'written', stored };
}

/** Typed documents over the store. */
export function collection<Value extends object>(definition: CollectionDefinition<Value>): Collection<Value> {
  const { name, version = 1, storedAs = {} } = definition;
  const storedNameOf: Names = new Map(Object.entries(storedAs));
  const nameOf: Names = new Map(Object.entries(storedAs).map(([named, stored]) => [stored, named]));
  const self: Collection<Value> = {
    read(store, document) {
      const parsed = parse(document.value, definition, nameOf);
      if (typeof parsed !== 'string') return { ...document, value: parsed.data };
      const unreadable = new Unreadable(name, document, parsed);
      store.unreadable?.(unreadable);
      return unreadable;
    },
    async get(store, address) {
      const document = await store.get(address);
      return document && self.read(store, document);
    },
    async list(store, partition, prefix = '') {
      const documents = await store.list(partition, prefix);
      const found = documents.map((document) => self.read(store, document));
      return found.filter((each): each is Stored<Value> => !(each instanceof Unreadable));
    },
    async put(store, writing, expected) {
      if (!isObject(writing.value)) throw new TypeError(`A ${name} is stored as an object.`);
      const stored = renamed(writing.value, storedNameOf);
      const value = version === 1 ? stored : { [VERSION]: version, ...stored };
      return await store.put({ ...writing, value }, expected);
    },
    async update(store, address, change, { tries, pause }) {
      let updated: Updated<Value> = { kind: 'contended' };
      for (let attempt = 0; attempt < tries && updated.kind === 'contended'; attempt += 1) {
        if (attempt > 0) await pause?.(attempt);
        updated = await updateOnce(self, store, address, change);
      }
      return updated;
    },
    async remove(store, { partition, key, version: expected }) {
      return await store.remove({ partition, key }, expected);
    },
  };
  return self;
}

/** For a caller that cannot go on without the document: what cannot be read is thrown. */
export function readable<Value>(found: Stored<Value> | Unreadable | undefined): Stored<Value> | undefined {
  if (found instanceof Unreadable) throw found;
  return found;
}
