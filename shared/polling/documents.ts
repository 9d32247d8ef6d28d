import * as z from 'zod/mini';
import { collection } from '../store/collection.ts';

/** A scan that ran out of budget: rows older than `at` are still to be read. */
const Resume = z.object({
  at: z.number(),
  offset: z.number(),
  /** The floor that holds once the scan is complete. */
  nextFloor: z.number(),
  /** Of a list that is out of order: the newest activity met in this pass, and whether it was out of order in it. */
  newest: z.exactOptional(z.number()),
  disorder: z.exactOptional(z.literal(true)),
});
export type Resume = z.infer<typeof Resume>;

/** A reading of the interested list that is under way. */
const Tail = z.object({
  /** Rows above this are read and handled. */
  offset: z.number(),
  /** Rows of the list when it was begun, where the vendor counts them. */
  total: z.exactOptional(z.number()),
});
export type Tail = z.infer<typeof Tail>;

const Head = z.object({
  /** H: every inbound message sent before this was handled, or lies in `resume`. */
  floor: z.number(),
  /** Of page 1, computed from rows that were handled; empty while anything on it is not. */
  digest: z.string(),
  /** Of page 1 of the interested list, when every thread on it is in `covers`; empty otherwise. */
  interestedDigest: z.string(),
  /** Rows of the interested list at its last complete reading, where the vendor counts them. */
  interestedTotal: z.exactOptional(z.number()),
  /** The window was read whole at or after its newest row + V: nothing can still slip in below page 1. */
  closed: z.exactOptional(z.literal(true)),
  /** When a thread must be opened once more, so that nothing late hides behind an unchanged row. */
  wakeAt: z.exactOptional(z.number()),
  /**
   * Of the whole interested list, when it was read to its end and everything on it is handled. Dropped by each poll that loads
   * the state and does not read the list whole, so while it is here, ledger and covers are as they were then.
   */
  tailDigest: z.exactOptional(z.string()),
  /** Pages of the interested list at its last whole reading, when more than one. */
  tailPages: z.exactOptional(z.number()),
  deepAt: z.number(),
  tail: z.exactOptional(Tail),
  /** The baseline's window is not through: what was sent up to `on` is kept back. */
  base: z.exactOptional(z.literal(true)),
  /**
   * A first reading of the interested list is not through, be it the baseline's or that under a new spelling of the label: a label
   * on a message sent up to this is taken in silently.
   */
  silentUpTo: z.exactOptional(z.number()),
  /** How the vendor's filter for interested leads was spelled last. */
  label: z.exactOptional(z.string()),
  resume: z.exactOptional(Resume),
  /** The list was seen out of order: it is read whole on an interval of its own, last at this time. */
  unorderedAt: z.exactOptional(z.number()),
});
/** What an idle poll reads of a feed, at most 250 bytes. A feed without a head is not switched on yet. */
export type Head = Readonly<z.infer<typeof Head>>;
export const heads = collection<Head>({ name: 'head of a feed', schema: Head });

const LedgerRow = z.object({
  /** The row's last activity and count when it was handled. */
  at: z.number(),
  count: z.number(),
  /** Vendor time of the last opening; 0: never opened, because it was old enough not to need it. */
  openedAt: z.number(),
  /** Time of the newest message that was there at the last opening, by the messages' own clock; absent where there was none. */
  seen: z.exactOptional(z.number()),
  interested: z.literal([0, 1]),
  /** '' for none; absent while unknown. */
  campaign: z.exactOptional(z.string()),
  /** The opening failed; it is tried again at every poll. */
  pending: z.exactOptional(z.literal(1)),
  /** The opening that failed was the baseline's: what was sent up to `on` is not to be told. */
  baseline: z.exactOptional(z.literal(1)),
  /** The row left the list before it settled; it is opened when it comes back. */
  gone: z.exactOptional(z.literal(1)),
});
/** What is known of one thread in the window. */
export type LedgerRow = Readonly<z.infer<typeof LedgerRow>>;
export const ledgerChunks = collection({ name: 'part of a ledger', schema: z.record(z.string(), LedgerRow) });

const Cover = z.tuple([z.number(), z.string()]);
/** The newest inbound message already told interested, or seen at the baseline. */
export type Cover = readonly [sentAt: number, id: string];
export const coverChunks = collection<Readonly<Record<string, Cover>>>({
  name: 'part of the covers',
  schema: z.record(z.string(), Cover),
});

/** Minute of the last whole reading, by feed. */
export const tailChunks = collection({ name: 'part of the tail clocks', schema: z.record(z.string(), z.number()) });

/** A thread that could not be opened when its turn came: enough of its row to open it by. */
const LeftOver = z.object({
  id: z.string(),
  key: z.string(),
  lead: z.string(),
  interested: z.boolean(),
  at: z.number(),
});
export type LeftOver = Readonly<z.infer<typeof LeftOver>>;

const BackfillMark = z.object({
  since: z.number(),
  /** Threads with activity at or before this are still to be read. */
  at: z.exactOptional(z.number()),
  /** Which of those with activity exactly then are read already. */
  atKeys: z.readonly(z.array(z.string())),
  offset: z.number(),
  threads: z.number(),
  recorded: z.number(),
  /** Newest activity when it began: a thread above it has risen since, and may never have been come by. */
  began: z.exactOptional(z.number()),
  /** The list was read to its end once. */
  read: z.exactOptional(z.literal(true)),
  /** Threads that have risen and are told. */
  risen: z.exactOptional(z.readonly(z.array(z.string()))),
  left: z.exactOptional(z.readonly(z.array(LeftOver))),
  done: z.exactOptional(z.literal(true)),
});
/** How far the backfill of one feed came; kept, so that it can be stopped and resumed. */
export type BackfillMark = Readonly<z.infer<typeof BackfillMark>>;
export const backfillMarks = collection<BackfillMark>({ name: 'mark of a backfill', schema: BackfillMark });
