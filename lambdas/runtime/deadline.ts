import type { Instant } from '../../shared/model.ts';
import { type Clock, type Http, HttpFault } from '../../shared/ports.ts';

/** Until when this run of a function may work; set anew at each run, read by what lives longer than one. */
export interface Deadline {
  at: Instant;
}

/** Below this a call would only be cut off. */
const LEAST_MS = 250;

/**
 * No call outlasts the run. A read gets the time that is left; a write that could be cut off halfway is not begun, since
 * nobody would know how it ended.
 */
export function withinDeadline(http: Http, clock: Pick<Clock, 'now'>, deadline: Deadline): Http {
  return async (request) => {
    const left = deadline.at - clock.now();
    const isRead = request.method === 'GET';
    if (left < (isRead ? LEAST_MS : request.timeoutMs)) throw new HttpFault('time-up', false);
    return await http({ ...request, timeoutMs: Math.min(request.timeoutMs, left) });
  };
}
