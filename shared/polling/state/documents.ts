import * as z from 'zod/mini';
import { collection, Unreadable } from '../../store/collection.ts';
import { feedKey, feedOfKey, NO_FEED } from '../../store/keys.ts';
import type { Store } from '../../store/store.ts';

/** Where a reading goes on in its list, and how far it has come: the mechanism of everything that is longer than a poll. */
const Reading = {
  /** The top of the list without one. What is above it is read and handled. */
  position: z.exactOptional(z.string()),
  /** Rows read until there; absent in what the first version stored. */
  read: z.exactOptional(z.number()),
};

/** A reading of the list down to the low watermark, or of a list out of order to its end. */
const Resume = z.object({
  ...Reading,
  /** The low watermark that holds once the reading is through. */
  nextLowWatermark: z.number(),
  /** Of a list that is out of order: the newest activity met in this pass, and whether it was out of order in it. */
  newest: z.exactOptional(z.number()),
  disorder: z.exactOptional(z.literal(true)),
  /** The page where it goes on failed so often in a row; it is asked for again then. */
  failed: z.exactOptional(z.object({ times: z.number(), until: z.number() })),
  /** How many times it went on without a page that could not be read. */
  passed: z.exactOptional(z.number()),
});
export type Resume = z.infer<typeof Resume>;

/** An interested scan that is under way. */
const InterestedScanUnderWay = z.object({
  ...Reading,
  /** Pages read until there. */
  pages: z.exactOptional(z.number()),
  /** How often in a row the page there could not be read. */
  failed: z.exactOptional(z.number()),
  /** Rows of the list when it was begun, where the vendor counts them. */
  total: z.exactOptional(z.number()),
});
export type InterestedScanUnderWay = z.infer<typeof InterestedScanUnderWay>;

/** A look through the whole list, which opens nothing: whether what is newest stands on top. */
const Survey = z.object({
  ...Reading,
  /** The feed's low watermark when it was begun. */
  lowWatermark: z.number(),
  /** The time of the last row that was read. */
  last: z.exactOptional(z.number()),
  /** A page failed: it goes on then. */
  until: z.exactOptional(z.number()),
});
export type Survey = Readonly<z.infer<typeof Survey>>;

/** A list that came again and again as it was, so that nobody knows what lies below. */
const Repeats = z.object({
  /** When it is read down again. */
  until: z.number(),
  times: z.number(),
});
export type Repeats = z.infer<typeof Repeats>;

/**
 * Times that lay ahead of the vendor's clock when the list was first read: whatever they say, they are not of mail that was sent later.
 */
const Ahead = z.object({
  /** The newest of them. */
  to: z.number(),
  /** They are too many for leads with wrong clocks: the vendor's own times are ahead, and mail that comes now is newer than `to`. */
  all: z.exactOptional(z.literal(true)),
});
export type Ahead = Readonly<z.infer<typeof Ahead>>;

const Checkpoint = z.object({
  /** Every inbound message sent before this was handled, or lies in `resume`. */
  lowWatermark: z.number(),
  /** Of page 1, computed from rows that were handled; empty while anything on it is not. */
  digest: z.string(),
  /** Of page 1 of the interested list, when every thread on it has an interest watermark; empty otherwise. */
  interestedDigest: z.string(),
  /** Rows of the interested list at its last complete scan, where the vendor counts them. */
  interestedTotal: z.exactOptional(z.number()),
  /** The window was read whole a late window after its newest row: nothing can still slip in below page 1. */
  closed: z.exactOptional(z.literal(true)),
  /** When a thread must be opened once more, so that nothing late hides behind an unchanged row. */
  recheckAt: z.exactOptional(z.number()),
  /**
   * Of the whole interested list, when it was read to its end and everything on it is handled. Dropped by each poll that loads
   * the state and does not read the list whole, so while it is here, seen threads and interest watermarks are as they were then.
   */
  interestedScanDigest: z.exactOptional(z.string()),
  /** Pages of the interested list at its last whole scan, when more than one. */
  interestedScanPages: z.exactOptional(z.number()),
  /** When the newest threads were last opened whatever their rows say. */
  reconciledAt: z.number(),
  interestedScan: z.exactOptional(InterestedScanUnderWay),
  survey: z.exactOptional(Survey),
  /** The low watermark when the last survey was begun that met the list in order, 0 while it is the same: a later one falls back to it. */
  provedTo: z.exactOptional(z.number()),
  /** The baseline's window is not through: what was sent up to `on` is recorded as baseline. */
  baseline: z.exactOptional(z.literal(true)),
  ahead: z.exactOptional(Ahead),
  /**
   * A first scan of the interested list is not through, be it the baseline's or that under a new spelling of the label: a label
   * on a message sent up to this counts as old.
   */
  silentUpTo: z.exactOptional(z.number()),
  /** That list was empty, which it may be for a moment: so long it is taken for one that is not there yet. */
  emptyUntil: z.exactOptional(z.number()),
  /** How the vendor's filter for interested leads was spelled last. */
  label: z.exactOptional(z.string()),
  /** Other spellings under which it was read: what they list is known. */
  spellings: z.exactOptional(z.readonly(z.array(z.string()))),
  resume: z.exactOptional(Resume),
  repeats: z.exactOptional(Repeats),
  /** The last reading of a list out of order went on without a page that could not be read: what is on it is not handled. */
  lacks: z.exactOptional(z.literal(true)),
  /** The list was seen out of order: it is read whole on an interval of its own, last at this time. */
  unorderedAt: z.exactOptional(z.number()),
  /**
   * Rows keep their time when a lead answers, so that the list is sorted by something else, and is read whole as one out of order: so many
   * times still until what each of its rows looked like is known.
   */
  stands: z.exactOptional(z.number()),
  /** Why it is read so: of its rows not one has a time that can be read. */
  timeless: z.exactOptional(z.literal(true)),
});
/** What an idle poll reads of a feed, at most 250 bytes. A feed without a checkpoint is not switched on yet. */
export type Checkpoint = Readonly<z.infer<typeof Checkpoint>>;

/** The first survey is not through: a thread that polling has not met may have been there, below others, for long. */
export const isUnproved = ({ survey, provedTo }: Pick<Checkpoint, 'survey' | 'provedTo'>): boolean =>
  survey !== undefined && provedTo === undefined;

/** Every spelling of the label that the feed's interested list was read under. */
export const spellingsOf = ({ label, spellings = [] }: Checkpoint): readonly string[] =>
  label === undefined ? spellings : [label, ...spellings];

export const checkpoints = collection<Checkpoint>({
  name: 'checkpoint of a feed',
  schema: Checkpoint,
  // Deployed tables hold these names, and short ones: a Query reads the checkpoints of 1,000 feeds.
  storedAs: {
    lowWatermark: 'floor',
    nextLowWatermark: 'nextFloor',
    recheckAt: 'wakeAt',
    reconciledAt: 'deepAt',
    interestedScan: 'tail',
    interestedScanDigest: 'tailDigest',
    interestedScanPages: 'tailPages',
    baseline: 'base',
    provedTo: 'ok',
  },
});

/** The checkpoints of one connection, by feed. What cannot be read is said and left out. */
export async function listCheckpoints(
  store: Store,
  shard: string,
  connection: string,
): Promise<ReadonlyMap<string, Checkpoint>> {
  const found = new Map<string, Checkpoint>();
  for (const document of await store.list(shard, feedKey(connection, NO_FEED))) {
    const { feed } = feedOfKey(document.key);
    const read = feed === NO_FEED ? undefined : checkpoints.read(store, document);
    if (read && !(read instanceof Unreadable)) found.set(feed, read.value);
  }
  return found;
}

/** When an opening that failed is made again, and enough of the row to make it by when it is listed no more. */
const Retry = z.object({
  at: z.number(),
  attempts: z.number(),
  id: z.string(),
  lead: z.string(),
});
export type Retry = Readonly<z.infer<typeof Retry>>;

const SeenThread = z.object({
  /** The row's last activity and count when it was handled. */
  at: z.number(),
  count: z.number(),
  /** How it looked besides. */
  look: z.exactOptional(z.string()),
  /** Vendor time of the last opening; 0: never opened, because it was old enough not to need it. */
  openedAt: z.number(),
  /** Time of the newest message that was there at the last opening, by the messages' own clock; absent where there was none. */
  seen: z.exactOptional(z.number()),
  /** Messages had no ids then: what has one now may have been recorded without it. */
  nameless: z.exactOptional(z.literal(1)),
  interested: z.literal([0, 1]),
  /** '' for none; absent while unknown. */
  campaign: z.exactOptional(z.string()),
  /** The opening failed, and is made again by itself, apart from all lists; without `retry` it is owed, whenever the thread is listed. */
  pending: z.exactOptional(z.literal(1)),
  retry: z.exactOptional(Retry),
  /** The opening that failed was the baseline's: what was sent up to `on` is not to be recorded. */
  baseline: z.exactOptional(z.literal(1)),
  /** The row left the list before its recheck, or its opening failed too often; it is opened when it is listed again. */
  gone: z.exactOptional(z.literal(1)),
});
/** What is known of one thread in the window. */
export type SeenThread = Readonly<z.infer<typeof SeenThread>>;

/** It will be opened by itself, so that no list has to be read again for it, and no page is unhandled because of it. */
export const awaitsRetry = (known: SeenThread | undefined): boolean =>
  known?.pending === 1 && known.retry !== undefined;

export const seenThreadChunks = collection({
  name: 'part of the seen threads',
  schema: z.record(z.string(), SeenThread),
});

/** What the rows of a list looked like, in few letters, by few letters of their threads' keys. */
export const rowChunks = collection<Readonly<Record<string, string>>>({
  name: 'part of what rows looked like',
  schema: z.record(z.string(), z.string()),
});

/** In which passes over a list that comes in no order a thread was met first and last, by few letters of its key. */
export const metChunks = collection<Readonly<Record<string, readonly [first: number, last: number]>>>({
  name: 'part of the threads that a backfill met',
  schema: z.record(z.string(), z.tuple([z.number(), z.number()])),
});

const InterestWatermark = z.tuple([z.number(), z.string()]);
/** The newest inbound message already recorded as interested, or seen at the baseline. */
export type InterestWatermark = readonly [sentAt: number, id: string];

export const interestWatermarkChunks = collection<Readonly<Record<string, InterestWatermark>>>({
  name: 'part of the interest watermarks',
  schema: z.record(z.string(), InterestWatermark),
});

/** Minute of the last whole scan, by feed. */
export const scanClockChunks = collection({
  name: 'part of the clocks of the interested scans',
  schema: z.record(z.string(), z.number()),
});

/** A thread that could not be opened when its turn came: enough of its row to open it by. */
const LeftOver = z.object({
  id: z.string(),
  key: z.string(),
  lead: z.string(),
  interested: z.boolean(),
  at: z.number(),
  /** When it was set aside; absent in what earlier versions stored. */
  since: z.exactOptional(z.number()),
  /** It was empty or not there, since then; it is looked at again. */
  missing: z.exactOptional(z.object({ since: z.number(), nextAt: z.number() })),
});
export type LeftOver = Readonly<z.infer<typeof LeftOver>>;

/** A page that is being worked through, row by row. */
const PageUnderWay = z.object({
  ...Reading,
  /** Rows of this page and the one above that are done, by a hash of each: pages overlap. */
  done: z.readonly(z.array(z.string())),
});
export type PageUnderWay = Readonly<z.infer<typeof PageUnderWay>>;

/** A reading of a list that comes in no order, one of several. */
const Pass = z.object({
  number: z.number(),
  /** How likely a thread stayed hidden from all passes since the last that met a new one. */
  doubt: z.number(),
  /** Its rows were seen to change places from page to page: which ones a page shows is chance. */
  drawn: z.exactOptional(z.literal(true)),
});
export type Pass = Readonly<z.infer<typeof Pass>>;

const BackfillState = z.object({
  since: z.number(),
  list: PageUnderWay,
  /** The list was seen out of order, so that it ends at its end alone. */
  disorder: z.exactOptional(z.literal(true)),
  /** It was so from its top on, so that one reading proves nothing. */
  pass: z.exactOptional(Pass),
  threads: z.number(),
  recorded: z.number(),
  /** Newest activity when it began: a thread above it has risen since, and may never have been come by. */
  began: z.exactOptional(z.number()),
  /** The list was read to its end once. */
  read: z.exactOptional(z.literal(true)),
  /** A reading of what has risen since, and the newest activity when it began. */
  risen: z.exactOptional(z.object({ list: PageUnderWay, newest: z.number() })),
  /** What has risen was looked for in the whole list. */
  settled: z.exactOptional(z.literal(true)),
  left: z.exactOptional(z.readonly(z.array(LeftOver))),
  /** Its list could not be read, since then; it is tried again. */
  failing: z.exactOptional(
    z.object({
      since: z.number(),
      attempts: z.number(),
      until: z.number(),
      /** Since when the vendor neither lists its campaign nor knows it. */
      unknownSince: z.exactOptional(z.number()),
    }),
  ),
  done: z.exactOptional(z.literal(true)),
  /** The vendor has no such campaign any more, so there is nothing to do; should it come back, there is. */
  gone: z.exactOptional(z.literal(true)),
});
/** How far the backfill of one feed came; kept, so that it can be stopped and gone on with. */
export type BackfillState = Readonly<z.infer<typeof BackfillState>>;

export const backfillStates = collection<BackfillState>({
  name: 'state of a backfill',
  schema: BackfillState,
  version: 2,
  // The first version kept where it was by counting rows: its list is read again, and nothing of it is recorded twice.
  upgrade: ({ risen: _, ...value }) => ({ ...value, list: { done: [] } }),
});
