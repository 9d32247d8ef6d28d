import { durationMs } from '../config/duration.ts';
import type { Instant } from '../model.ts';
import { KEEP_MS } from '../outbox/outbox.ts';
import type { ApiDeps } from './deps.ts';
import { ApiProblem } from './problem.ts';

/** The moment a span of time ago. */
export function sinceOf(span: string, { clock }: Pick<ApiDeps, 'clock'>): Instant {
  const ms = durationMs(span);
  if (ms !== undefined) return clock.now() - ms;
  throw new ApiProblem('invalid', 'A span of time is written as 30m, 24h or 7d; correct it.');
}

/** The same among events: their bodies go after 90 days, and older marks say nothing. */
export const keptSince = (span: string | undefined, { clock }: Pick<ApiDeps, 'clock'>): Instant =>
  Math.max(clock.now() - KEEP_MS, span === undefined ? 0 : sinceOf(span, { clock }));
