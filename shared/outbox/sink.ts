import type { Event } from '../events/event.ts';
import type { StoredEvent } from './record.ts';

/**
 * How one delivery ended. `error` is a short word or status, never an answer's body. `done`: names of the steps that are
 * carried out, of a sink that takes several; it is given them again.
 */
export type Outcome =
  | { readonly kind: 'delivered' }
  /** Not now. `afterMs`: what the receiver asked for. */
  | { readonly kind: 'retry'; readonly error: string; readonly afterMs?: number; readonly done?: readonly string[] }
  /** It is on its way, and goes on by itself: no failed try. Look again after `afterMs`. */
  | { readonly kind: 'open'; readonly afterMs: number; readonly done?: readonly string[] }
  /** The receiver wants nothing any more: the sink is switched off. */
  | { readonly kind: 'disable'; readonly error: string }
  /** There was nothing to do for this event; settled. */
  | { readonly kind: 'skip' };

/** What came of a try that failed, for a person: "its receiver answered 404". */
export function failureText(error: string): string {
  const status = /^HTTP (?=\d)/.exec(error)?.[0];
  return status ? `its receiver answered ${error.slice(status.length)}` : `the last try ended with "${error}"`;
}

/** How a sink is, for doctor. */
export interface SinkCheck {
  readonly state: 'ok' | 'warning' | 'broken';
  readonly detail: string;
}

export interface Sink {
  readonly id: string;
  readonly type: string;
  /** False for what acts instead of telling: it never sees backfilled, replayed or day-old events. */
  readonly actsOnOld: boolean;
  accepts(event: Event, stored: StoredEvent): boolean;
  /** `attempt` counts from 1. The id is the same on each attempt. */
  deliver(id: string, event: Event, attempt: number, done?: readonly string[]): Promise<Outcome>;
  /** Absent: there is nothing to find out. */
  check?(): Promise<SinkCheck>;
}
