const MINUTE_MS = 60_000;

/** Every limit of polling, by name. Reaching one is logged and continued at the next poll. */
export interface PollLimits {
  /** Rows asked for on a page. */
  readonly pageRows: number;
  /** The late window: how long after its own time a message may become visible and still be recorded promptly. */
  readonly lateMs: number;
  /** Room for clocks that round. */
  readonly slackMs: number;
  /** Pages and openings of one poll, half of it each; what is left is resumed at the next. */
  readonly callsPerPoll: number;
  /**
   * Pages of readings in one poll, of the half that is theirs: what the key's budgets bear for ever beside the first pages and
   * openings of all polls, so that no reading uses up the calls of the polls to come.
   */
  readonly readingPages: number;
  /** Pages of one walk down a list. */
  readonly pagesPerWalk: number;
  /** How often a group of equal times longer than a page is read again at the most. */
  readonly tiePasses: number;
  /** How often the newest threads are opened again, whatever their rows say. */
  readonly reconcileMs: number;
  /** How many of them. */
  readonly reconcileThreads: number;
  /** How often a list that proved unordered is read whole. */
  readonly unorderedMs: number;
}

export const POLL_LIMITS: PollLimits = {
  pageRows: 100,
  lateMs: 60 * MINUTE_MS,
  slackMs: 2 * MINUTE_MS,
  callsPerPoll: 60,
  readingPages: Number.POSITIVE_INFINITY,
  pagesPerWalk: 2_000,
  tiePasses: 30,
  reconcileMs: 24 * 60 * MINUTE_MS,
  reconcileThreads: 30,
  unorderedMs: 10 * MINUTE_MS,
};
