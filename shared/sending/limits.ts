const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** From the reading of the conversation to the last moment at which the post may begin. */
export const POST_WITHIN_MS = MINUTE_MS;
/** After that moment every post has ended: the longest, a mail server's, takes two minutes. */
export const POST_TAKES_MS = 150 * SECOND_MS;
/** How long a send that nothing hinders but passing trouble is tried. */
export const TRY_MS = 2 * HOUR_MS;
/** Posts of which it is certain that nothing left, until it is given up. */
export const MISSES_MAX = 5;
/** Before the next try after each miss, at the least; as much again at random. */
export const MISS_WAITS_MS: readonly number[] = [5 * SECOND_MS, 30 * SECOND_MS, 2 * MINUTE_MS, 10 * MINUTE_MS];
/** Before a send that was put off is looked at again, unless the vendor names a time. */
export const PUT_OFF_MS = 20 * SECOND_MS;

/** When a mail is looked for in its conversation, counted from its post. */
export const LOOKS_MS: readonly number[] = [
  5 * SECOND_MS,
  15 * SECOND_MS,
  MINUTE_MS,
  5 * MINUTE_MS,
  15 * MINUTE_MS,
  HOUR_MS,
  3 * HOUR_MS,
  8 * HOUR_MS,
  DAY_MS,
];
/** The same for a mail of which it is not known whether the conversation ever shows it: not finding it proves nothing. */
export const LOOKS_IF_SHOWN_MS: readonly number[] = LOOKS_MS.slice(0, 3);
/** Mail servers' clocks differ by this much. */
export const CLOCKS_APART_MS = 5 * MINUTE_MS;

/** A reply of the same words in the same conversation within this time is taken for a mistake. */
export const SAME_TEXT_MS = DAY_MS;
/** How long the words of a mail are kept; its hashes stay. */
export const KEEP_MAIL_MS = 90 * DAY_MS;

export const PER_DAY = 500;
export const PER_CONVERSATION_PER_DAY = 20;
export const STEPS_MAX = 40;
