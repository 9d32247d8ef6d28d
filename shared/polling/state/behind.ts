import type { Instant } from '../../model.ts';
import type { Behind } from './documents.ts';

/** What a poll saw of a list in order: the newest time on it, and when it was read, by the vendor's clock. */
export interface Look {
  readonly at: Instant;
  readonly newest: Instant;
}

const MINUTE_MS = 60_000;
/** Zones lie a multiple of this apart. */
const ZONE_STEP_MS = 15 * MINUTE_MS;
/** A message may show so much later than it came. */
const SHOWN_MS = 2 * MINUTE_MS;
/** Two looks further apart than this do not tell when a message showed. */
const LOOKS_APART_MS = 5 * MINUTE_MS;
/** So many messages, one after the other, are no chance. */
const PROOF = 3;

/** How far behind a zone must be for a message that came between two looks to have this time; undefined where none is. */
function zoneBehind(before: Look, { at, newest }: Look): number | undefined {
  const offMs = Math.floor((at - newest) / ZONE_STEP_MS) * ZONE_STEP_MS;
  return at - before.at <= LOOKS_APART_MS && offMs >= before.at - newest - SHOWN_MS ? offMs : undefined;
}

/** A message showed in time: what is proved takes as many against it. */
const lessBehind = (known: Behind | undefined): Behind | undefined =>
  known?.since !== undefined && known.times > 1 ? { ...known, times: known.times - 1 } : undefined;

/**
 * What a look adds to what is known of times that are behind. Each message that shows at the top for the first time tells: if not within
 * the late window, it was late, or its time is that of another zone; if the next ones are off by as much, all are.
 */
export function nextBehind(
  known: Behind | undefined,
  { before, look, lateMs }: { readonly before: Look | undefined; readonly look: Look; readonly lateMs: number },
): Behind | undefined {
  if (before === undefined || look.newest <= before.newest) return known;
  const offMs = zoneBehind(before, look);
  if (look.at - look.newest <= lateMs) return lessBehind(known);
  if (offMs === undefined || offMs <= lateMs) return known;
  if (known?.since !== undefined) return { ...known, times: PROOF };
  const times = known?.offMs === offMs ? known.times + 1 : 1;
  // What is newer than the first look of all came after it.
  const above = known?.above ?? before.newest;
  return { offMs, above, times, ...(times === PROOF && { since: look.at }) };
}

/** Mail that is newer than this is recorded, though it seems to be older than the connection: times are proved to be behind. */
export const recordedAbove = (behind: Behind | undefined, on: Instant): Instant | undefined =>
  behind?.since === undefined ? undefined : Math.max(behind.above, on - behind.offMs);
