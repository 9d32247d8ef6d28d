import { cameAt, type Instant, type Thread } from '../../model.ts';
import { ROUNDED_MS } from '../../polling/feed/context.ts';
import type { ThreadContent } from '../../provider.ts';

/** Zones lie a multiple of this apart, and no two further than a day. */
const STEP_MS = 15 * 60_000;
const DAY_MS = 24 * 60 * 60_000;

const isSame = (one: Instant, other: Instant): boolean => Math.abs(one - other) <= ROUNDED_MS;

/**
 * By how much the times of a thread's messages are ahead of its row's, where they are of another zone: none of them is its row's, and the
 * newest would be if it were for a whole zone. 0 in all other cases: a row may well stand still, or move for what is no message.
 */
export function zoneAheadMs({ lastActivityAt: row }: Thread, { messages }: Pick<ThreadContent, 'messages'>): number {
  const times = messages.map(cameAt);
  if (times.length === 0 || times.some((at) => isSame(at, row))) return 0;
  const ahead = Math.max(...times) - row;
  const zone = Math.round(ahead / STEP_MS) * STEP_MS;
  return Math.abs(zone) <= DAY_MS && isSame(ahead, zone) ? zone : 0;
}
