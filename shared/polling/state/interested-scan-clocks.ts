import type { Instant } from '../../model.ts';
import { Unreadable } from '../../store/collection.ts';
import { scanClocksKey } from '../../store/keys.ts';
import type { Store } from '../../store/store.ts';
import { hash } from './chunked-map.ts';
import { type Checkpoint, scanClockChunks } from './documents.ts';

const MINUTE_MS = 60_000;

/** Feeds of one chunk have their scans due in the same minute, so that one write serves all of them. */
const CHUNKS = 30;

/** Longer than any interval; what is older belongs to a feed that is polled no more. */
const KEPT_MINUTES = 7 * 24 * 60;

const SAVE_TRIES = 3;

interface Chunk {
  readonly version: number;
  /** Minute of the last whole scan, by feed. */
  readonly minutes: Readonly<Record<string, number>>;
}

interface Location {
  readonly chunk: number;
  readonly name: string;
}

function locationOf(feed: string): Location {
  const bytes = hash(feed);
  return { chunk: bytes.readUInt16BE(0) % CHUNKS, name: bytes.toString('base64url', 2, 8) };
}

/**
 * When the interested list of each feed of a shard was last read whole. A clock for each feed, but written by the chunk: a write
 * for every feed would be most of what an idle deployment costs. What is lost of it is only read once more.
 */
export class InterestedScanClocks {
  readonly #store: Store;
  readonly partition: string;
  #chunks = new Map<number, Chunk>();
  readonly #read = new Map<string, Location & { readonly minute: number }>();
  readonly #locations = new Map<string, Location>();

  constructor(store: Store, partition: string) {
    this.#store = store;
    this.partition = partition;
  }

  /** Reads what all processes wrote. */
  async refresh(): Promise<void> {
    const documents = await this.#store.list(this.partition);
    this.#chunks = new Map(
      documents.map((document) => {
        const read = scanClockChunks.read(this.#store, document);
        // What cannot be read is written anew: its lists are read once more.
        return [
          Number(document.key),
          { version: document.version, minutes: read instanceof Unreadable ? {} : read.value },
        ];
      }),
    );
  }

  /** Intervals begin at fixed times, which differ by chunk; the list is due once in each. Undefined: it was never read, or never recorded. */
  dueAt(feed: string, intervalMs: number): Instant | undefined {
    const { chunk, name } = this.#locationOf(feed);
    const minute = this.#read.get(feed)?.minute ?? this.#chunks.get(chunk)?.minutes[name];
    if (minute === undefined) return undefined;
    const phase = Math.round((chunk * intervalMs) / CHUNKS / MINUTE_MS) * MINUTE_MS;
    return (Math.floor((minute * MINUTE_MS - phase) / intervalMs) + 1) * intervalMs + phase;
  }

  isDue(feed: string, intervalMs: number, now: Instant): boolean {
    const dueAt = this.dueAt(feed, intervalMs);
    // A scan in the future is a vendor's wrong clock.
    return dueAt === undefined || now >= dueAt || now < dueAt - intervalMs;
  }

  /** Remembers that the list was read whole; written by {@link save}. */
  note(feed: string, at: Instant): void {
    this.#read.set(feed, { ...this.#locationOf(feed), minute: Math.floor(at / MINUTE_MS) });
  }

  /** Writes what was noted. Where another process wrote too, both are kept. */
  async save(): Promise<void> {
    const noted = Map.groupBy(this.#read.values(), ({ chunk }) => chunk);
    for (let tries = SAVE_TRIES; noted.size > 0 && tries > 0; tries -= 1) {
      for (const [chunk, locations] of noted) if (await this.#put(chunk, locations)) noted.delete(chunk);
      if (noted.size > 0) await this.refresh();
    }
    this.#read.clear();
  }

  #locationOf(feed: string): Location {
    const location = this.#locations.get(feed) ?? locationOf(feed);
    this.#locations.set(feed, location);
    return location;
  }

  async #put(chunk: number, noted: readonly (Location & { readonly minute: number })[]): Promise<boolean> {
    const known = this.#chunks.get(chunk) ?? { version: 0, minutes: {} };
    const latest = Math.max(...noted.map(({ minute }) => minute));
    const kept = Object.entries(known.minutes).filter(([, minute]) => minute > latest - KEPT_MINUTES);
    const minutes = Object.fromEntries([...kept, ...noted.map(({ name, minute }) => [name, minute])]);
    const writing = { partition: this.partition, key: scanClocksKey(chunk), value: minutes };
    if (!(await scanClockChunks.put(this.#store, writing, known.version))) return false;
    this.#chunks.set(chunk, { version: known.version + 1, minutes });
    return true;
  }
}

/** A long interested list is read less often, so that its pages cost half a call per poll at the most. */
export const interestedScanInterval = (
  interestedScanMs: number,
  everyMs: number,
  { interestedScanPages = 1 }: Pick<Checkpoint, 'interestedScanPages'>,
) => Math.max(interestedScanMs, 2 * everyMs * interestedScanPages);
