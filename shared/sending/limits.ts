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
/** The same for a machine's, which is tried as long as a webhook. */
export const MACHINE_TRY_MS = 75 * HOUR_MS;
/** Posts of which it is certain that nothing left, until a person's send is given up; a machine's has its time alone. */
export const FAILED_ATTEMPTS_MAX = 5;
/** Before the next try after each failed one, at the least; as much again at random. The last holds for all further ones. */
export const RETRY_WAITS_MS: readonly number[] = [
  5 * SECOND_MS,
  30 * SECOND_MS,
  2 * MINUTE_MS,
  10 * MINUTE_MS,
  30 * MINUTE_MS,
  HOUR_MS,
  2 * HOUR_MS,
  4 * HOUR_MS,
];
/** The longest that a send can be held back to be undone. */
export const UNDO_MAX_MS = HOUR_MS;
/** A person at a command line waits this long for an outcome, and sees it. */
export const SEEN_WITHIN_MS = 15 * SECOND_MS;
/** Before a send that was put off is looked at again, unless the vendor names a time. */
export const PUT_OFF_MS = 20 * SECOND_MS;

/** When a mail is looked for in its conversation, counted from its post. */
export const VERIFY_MS: readonly number[] = [
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
export const VERIFY_IF_SHOWN_MS: readonly number[] = VERIFY_MS.slice(0, 3);
/** Mail servers' clocks differ by this much. */
export const CLOCKS_APART_MS = 5 * MINUTE_MS;

/** A reply of the same words in the same conversation within this time is taken for a mistake. */
export const SAME_TEXT_MS = DAY_MS;
/** When the words of a mail are taken out of the store; its hashes stay. */
export const REDACT_AFTER_MS = 90 * DAY_MS;

export const PER_DAY = 500;
export const PER_CONVERSATION_PER_DAY = 20;
export const STEPS_MAX = 40;
