import type { Instant, Thread } from '../../model.ts';
import type { Ahead } from '../state/documents.ts';
import { APART_MS, ROUNDED_MS } from './context.ts';

/** So many rows ahead of the vendor's clock, and as many as all others of the window, are no leads with wrong clocks. */
const ALL_AHEAD_ROWS = 3;

/** What a page shows before its time. `windowFrom`: since when its rows are recent. */
export function aheadOf(rows: readonly Thread[], now: Instant, windowFrom: Instant): Ahead | undefined {
  const times = rows.map(({ lastActivityAt }) => lastActivityAt);
  const ahead = times.filter((at) => at > now + APART_MS);
  if (ahead.length === 0) return undefined;
  const inWindow = times.filter((at) => at >= windowFrom);
  const isAll = ahead.length >= ALL_AHEAD_ROWS && 2 * ahead.length >= inWindow.length;
  return { to: Math.max(...ahead) + ROUNDED_MS, ...(isAll && { all: true as const }) };
}
