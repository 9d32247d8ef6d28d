import { durationMs } from '../config/duration.ts';
import type { Instant } from '../model.ts';
import { KEEP_MS } from '../outbox/outbox.ts';
import type { ApiDeps } from './deps.ts';
import { ApiProblem } from './problem.ts';

/** The moment a span of time ago. `name`: of what the caller wrote it in. */
export function sinceOf(name: string, span: string, { clock }: Pick<ApiDeps, 'clock'>): Instant {
  const ms = durationMs(span);
  if (ms !== undefined) return clock.now() - ms;
  throw new ApiProblem('invalid', `"${name}" is a span of time, written as 30m, 24h or 7d; correct it.`);
}

/** The same among events: their bodies go after 90 days, and older marks say nothing. */
export const keptSince = (name: string, span: string | undefined, { clock }: Pick<ApiDeps, 'clock'>): Instant =>
  Math.max(clock.now() - KEEP_MS, span === undefined ? 0 : sinceOf(name, span, { clock }));
