import { type Clock, type Http, HttpFault } from '../shared/ports.ts';

/** Zapier ends a call after 30 s without a word; we end it ourselves before, with one. Source: operating constraints page. */
export const CALL_MS = 27_000;

/** The moment at which everything of one call must have ended. */
export interface Deadline {
  readonly at: number;
  /** What the work at hand may take. */
  leftMs(): number;
  /** Keeps so much of the time back for what comes after the work at hand. */
  keep(ms: number): void;
}

export function deadlineIn(ms: number, clock: Pick<Clock, 'now'>): Deadline {
  const at = clock.now() + ms;
  let kept = 0;
  return {
    at,
    leftMs: () => Math.max(0, at - kept - clock.now()),
    keep(forLater) {
      kept = forLater;
    },
  };
}

/** No call outlives the deadline, and none begins after it. */
export function httpUntil(deadline: Deadline, http: Http): Http {
  return async (request) => {
    const left = deadline.leftMs();
    if (left === 0) throw new HttpFault('timeout', false);
    return await http({ ...request, timeoutMs: Math.min(request.timeoutMs, left) });
  };
}

/** Never sleeps past the deadline. */
export function clockUntil(deadline: Deadline, clock: Clock): Clock {
  return { now: clock.now, sleep: (ms) => clock.sleep(Math.min(ms, deadline.leftMs())) };
}
