import { createHash } from 'node:crypto';
import type { Instant, Thread } from '../../shared/model.ts';
import type { ComposedReply } from '../items.ts';
import { ENTRY_CHARACTERS_MAX, isRecord, KEEP_SECONDS, packed, unpacked } from '../memory.ts';
import type { Poll } from './poll.ts';

/** Threads share so many entries of the cache: one call each, all at once, however many threads there are. */
const BUCKETS = 16;
const KEEP_MS = KEEP_SECONDS * 1_000;

/** What opening a thread showed. */
export interface Opened {
  readonly row: Thread;
  readonly openedAt: Instant;
  /** Of the last windows, and the newest whatever its age; in order. */
  readonly replies: readonly ComposedReply[];
}

/** That a thread was opened, and what was seen, where there was room for it. */
export interface Remembered {
  readonly openedAt: Instant;
  readonly lastActivityAt: Instant;
  readonly messageCount?: number | undefined;
  readonly changeHint?: number | undefined;
  readonly opened?: Opened;
}

type Bucket = Readonly<Record<string, Remembered>>;

const bucketOf = (key: string) => (createHash('sha256').update(key).digest()[0] ?? 0) % BUCKETS;
const entryOf = (bucket: number) => `threads:${bucket}`;

const isRemembered = (value: unknown): value is Remembered =>
  isRecord(value) && typeof value.openedAt === 'number' && typeof value.lastActivityAt === 'number';

async function read({ memory }: Pick<Poll, 'memory'>, bucket: number): Promise<Bucket> {
  const value = unpacked(await memory.get(entryOf(bucket)));
  if (!isRecord(value)) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, entry]) => (isRemembered(entry) ? [[key, entry]] : [])),
  );
}

/** What is known of the threads of one call. */
export interface ThreadMemory {
  get(key: string): Remembered | undefined;
  /** Of the threads asked for, and what is found on the way. */
  add(key: string, opened: Opened): void;
  save(): Promise<void>;
}

export async function threadMemory(poll: Poll, keys: readonly string[]): Promise<ThreadMemory> {
  const wanted = [...new Set(keys.map(bucketOf))];
  const found = await Promise.all(wanted.map(async (bucket) => [bucket, await read(poll, bucket)] as const));
  const buckets = new Map<number, Bucket>(found);
  const changed = new Set<number>();
  return {
    get: (key) => buckets.get(bucketOf(key))?.[key],
    add(key, opened) {
      const bucket = bucketOf(key);
      const { lastActivityAt, messageCount, changeHint } = opened.row;
      const entry = { openedAt: opened.openedAt, lastActivityAt, messageCount, changeHint, opened };
      buckets.set(bucket, { ...buckets.get(bucket), [key]: entry });
      changed.add(bucket);
    },
    async save() {
      const now = poll.clock.now();
      await Promise.all([...changed].map((bucket) => write(poll, bucket, kept(buckets.get(bucket) ?? {}, now))));
    },
  };
}

function kept(bucket: Bucket, now: Instant): Bucket {
  return Object.fromEntries(Object.entries(bucket).filter(([, { openedAt }]) => now - openedAt < KEEP_MS));
}

/** Where there is no room for all, the words of those that were opened first go; that they were opened stays known. */
async function write({ memory }: Poll, bucket: number, entries: Bucket): Promise<void> {
  const oldest = Object.entries(entries).sort(([, one], [, other]) => one.openedAt - other.openedAt);
  for (let without = 0; ; without = Math.max(1, 2 * without)) {
    const fitting = oldest.map(([key, entry], at) =>
      at < without ? [key, { ...entry, opened: undefined }] : [key, entry],
    );
    const text = packed(Object.fromEntries(fitting));
    if (text.length + 2 <= ENTRY_CHARACTERS_MAX || without >= oldest.length)
      return await memory.set(entryOf(bucket), text);
  }
}

/** Campaigns in which this lead was lately seen to write. */
export async function campaignsOf(poll: Pick<Poll, 'memory'>, address: string): Promise<ReadonlySet<string>> {
  const all = await Promise.all(Array.from({ length: BUCKETS }, (_, bucket) => read(poll, bucket)));
  const wanted = address.toLowerCase();
  const rows = all.flatMap((bucket) => Object.values(bucket).flatMap(({ opened }) => (opened ? [opened.row] : [])));
  const seen = rows.filter(({ lead }) => lead.email.toLowerCase() === wanted);
  return new Set(seen.flatMap(({ campaign }) => campaign?.id ?? []));
}
