import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod/mini';
import type { ProviderError } from '../../failure.ts';
import type { Instant } from '../../model.ts';
import type { Feed } from '../../provider.ts';
import { collection, type Stored, Unreadable } from '../../store/collection.ts';
import { troublesAddress } from '../../store/keys.ts';
import type { Store } from '../../store/store.ts';

/** What of a feed fails: its list of replies, pages deep in it alone, its interested list alone, or threads that are opened. */
export const TROUBLED = ['replies', 'pages', 'interested', 'threads'] as const;
export type Troubled = (typeof TROUBLED)[number];

const Trouble = z.object({
  since: z.number(),
  /** When it is tried again. */
  nextAt: z.number(),
  kind: z.enum(['auth', 'scope', 'not-found', 'invalid', 'throttled', 'unavailable', 'wire', 'unsupported']),
  /** What the vendor answered, in a sentence fit to show. */
  said: z.string(),
  /** Threads that cannot be opened. */
  threads: z.exactOptional(z.number()),
});
export type Trouble = Readonly<z.infer<typeof Trouble>>;

const FeedTroubles = z.object({
  /** The campaign's. */
  name: z.exactOptional(z.string()),
  replies: z.exactOptional(Trouble),
  pages: z.exactOptional(Trouble),
  interested: z.exactOptional(Trouble),
  threads: z.exactOptional(Trouble),
});
/** How a feed fails now. Written when that changes, so never by a poll that finds nothing new. */
export type FeedTroubles = Readonly<z.infer<typeof FeedTroubles>>;

export const feedTroubles = collection<FeedTroubles>({ name: 'troubles of a feed', schema: FeedTroubles });

/** Of a connection whose list of campaigns fails. No feed is called so. */
export const ALL_FEEDS = '*';

export interface Failed {
  readonly failure: ProviderError;
  readonly nextAt: Instant;
  readonly threads?: number;
}

/** What a poll found of each; what is absent it did not look at. */
export type Found = { readonly [Each in Troubled]?: Failed | 'well' };

const SAID_MAX = 300;

/** Of one feed: what is refused or unknown there need not be so elsewhere. */
function saidOf({ failure, place: { provider, status }, message }: ProviderError): string {
  const answered = status === undefined ? '' : ` (HTTP ${status})`;
  if (failure.kind === 'auth') return `${provider} refuses the key there${answered}.`;
  if (failure.kind === 'not-found') return `${provider} does not know it${answered}.`;
  return message.slice(0, SAID_MAX);
}

/** One that was not noted again this long after it was to be tried is over, and another process saw that. */
const OVER_MS = 60 * 60_000;

export const isOver = ({ nextAt }: Trouble, now: Instant): boolean => now > nextAt + OVER_MS;

function nextTrouble(before: Trouble | undefined, found: Failed | 'well' | undefined, now: Instant) {
  if (found === undefined) return before;
  if (found === 'well') return undefined;
  const { failure, nextAt, threads } = found;
  return {
    since: before && !isOver(before, now) ? before.since : now,
    nextAt,
    kind: failure.failure.kind,
    said: saidOf(failure),
    ...(threads === undefined ? {} : { threads }),
  };
}

const NOTHING: Pick<Stored<FeedTroubles>, 'value' | 'version'> = { value: {}, version: 0 };

/** Keeps what the troubles of a connection's feeds are, for who asks elsewhere. What is lost of it is noted again by the next failure. */
export class Troubles {
  readonly #store: Store;
  readonly #connection: string;
  #known: Map<string, Pick<Stored<FeedTroubles>, 'value' | 'version'>> | undefined;

  constructor(store: Store, connection: string) {
    this.#store = store;
    this.#connection = connection;
  }

  async note(feed: Pick<Feed, 'id' | 'campaign'>, found: Found, now: Instant): Promise<void> {
    const known = await this.#load();
    const isWell = TROUBLED.every((each) => found[each] === undefined || found[each] === 'well');
    if (isWell && !known.has(feed.id)) return;
    const { value, version } = known.get(feed.id) ?? NOTHING;
    const name = feed.campaign && feed.campaign.name !== feed.id ? feed.campaign.name : value.name;
    const troubles = Object.fromEntries(
      TROUBLED.flatMap((each) => {
        const next = nextTrouble(value[each], found[each], now);
        return next ? [[each, next]] : [];
      }),
    );
    const next: FeedTroubles =
      Object.keys(troubles).length > 0 && name !== undefined ? { name, ...troubles } : troubles;
    if (isDeepStrictEqual(value, next)) return;
    const address = troublesAddress(this.#connection, feed.id);
    if (await feedTroubles.put(this.#store, { ...address, value: next }, version))
      known.set(feed.id, { value: next, version: version + 1 });
    // Another process notes it too: what it wrote is read before the next note.
    else this.#known = undefined;
  }

  async #load() {
    if (this.#known) return this.#known;
    const documents = await this.#store.list(troublesAddress(this.#connection, '').partition);
    this.#known = new Map(
      documents.map((document) => {
        const read = feedTroubles.read(this.#store, document);
        // What cannot be read is noted anew.
        return [document.key, { value: read instanceof Unreadable ? {} : read.value, version: document.version }];
      }),
    );
    return this.#known;
  }
}
