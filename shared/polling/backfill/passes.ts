import type { Thread } from '../../model.ts';
import { metPartition } from '../../store/keys.ts';
import type { FeedContext } from '../feed/context.ts';
import type { BackfillState, Pass } from '../state/documents.ts';
import { loadMet, type MetThreads, type Tally } from '../state/met-threads.ts';
import { type FeedBackfill, isOlderThan } from './threads.ts';
import { BEGINNING, pagesPerPiece, workThrough } from './work-through.ts';

/*
 * A list that is out of order from its top on may come in another order at each request: a reading to its end then misses
 * rows that stood elsewhere when their places were read. It is read in passes, and which threads were met is remembered.
 */

/** So unlikely must it be that a thread stayed hidden from all quiet passes. */
const DOUBT_MAX = 0.001;

/** Passes until a list in which there is always something new is left alone for a while. */
const PASSES_MAX = 40;

/** Pass after pass meets threads that none before it had met. */
export class NeverQuiet extends Error {
  override readonly name = 'NeverQuiet';
}

export const loadMetOf = async ({ polled, ports, feed }: FeedContext): Promise<MetThreads> =>
  await loadMet(ports.store, metPartition(polled.id, feed.id));

const isLeft = ({ left = [] }: BackfillState, { key }: Thread): boolean => left.some((each) => each.key === key);

/** `rows`: those that are done, of a list that showed only now that it is out of order. */
export async function beginPasses(work: FeedBackfill, rows: readonly Thread[]): Promise<void> {
  const met = await loadMetOf(work.context);
  // Of a backfill that went less far back.
  met.forgetAll();
  const done = rows.filter((row) => !isLeft(work.state, row));
  for (const row of done) met.meet(1, row, work.context.on);
  const pass: Pass = { number: 1, doubt: 1 };
  work.met = met;
  // What was come by further up is come by again.
  const threads = rows.filter((row) => !isOlderThan(row, work.state.since)).length;
  work.state = { ...work.state, disorder: true, pass, list: BEGINNING, threads };
}

/** How likely the pass missed a thread: as it missed those that are known, and, where chance shows the rows, one more that is not. */
function missedBy({ drawn }: Pass, { known, again }: Tally): number {
  const unknown = drawn ? 1 : 0;
  return known + unknown === 0 ? 0 : (known - again + unknown) / (known + unknown);
}

/**
 * How likely a thread was met by no pass since the last that met a new one. A list that stands still is met whole, so that one such
 * pass proves it.
 */
const doubtAfter = (pass: Pass, tally: Tally): number => (tally.isNews ? 1 : pass.doubt * missedBy(pass, tally));

function afterPass(work: FeedBackfill, met: MetThreads, pass: Pass, total: number | undefined): void {
  const tally = met.tally(pass.number);
  const doubt = doubtAfter(pass, tally);
  const isThrough = !tally.isNews && (tally.known === total || doubt <= DOUBT_MAX);
  const next = { ...pass, number: pass.number + 1, doubt };
  work.state = { ...work.state, list: BEGINNING, pass: next, ...(isThrough && { read: true as const }) };
  if (!isThrough && pass.number % PASSES_MAX === 0) throw new NeverQuiet();
}

/** The order in which rows were met. */
class Order {
  readonly #places = new Map<string, number>();

  /** Takes in a page. True: rows of it were met before the other way round. */
  isContradictedBy(rows: readonly Thread[]): boolean {
    const before = rows.flatMap(({ key }) => this.#places.get(key) ?? []);
    for (const { key } of rows) if (!this.#places.has(key)) this.#places.set(key, this.#places.size);
    return before.some((place, index) => place < (before[index - 1] ?? 0));
  }
}

/** Reads on in the pass that is under way, and at most to its end. */
export async function readPass(work: FeedBackfill, met: MetThreads, begun: Pass): Promise<void> {
  const { context, state } = work;
  let pass = begun;
  const order = new Order();
  const meet = (row: Thread) => {
    // What is set aside may be lost with this piece, and would never be opened again if it counted as met.
    if (!isLeft(work.state, row)) met.meet(pass.number, row, context.on);
  };
  let total: number | undefined;
  const isOver = await workThrough(work, state.list, {
    unordered: true,
    pagesMax: pagesPerPiece(work.pace),
    endsWithoutNews: () => pass.drawn === true,
    isNew({ rows }) {
      if (order.isContradictedBy(rows)) pass = { ...pass, drawn: true };
      return rows.some((row) => !met.isMetIn(pass.number, row) && !isLeft(work.state, row));
    },
    isWanted: (row) => !met.has(row) && !isLeft(work.state, row) && !isOlderThan(row, state.since),
    isEnd(page) {
      for (const row of page.rows) meet(row);
      total = page.total;
      return false;
    },
    note: (before, list) => ({ ...before, list, pass }),
    comeBy: (before) => ({ ...before, threads: before.threads + 1 }),
    onCameBy: meet,
  });
  if (isOver) afterPass(work, met, pass, total);
}
