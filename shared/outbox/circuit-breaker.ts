import { isStillResting } from '../resting.ts';
import type { Sink } from './sink.ts';

const FAILURES_BEFORE_OPEN = 5;
const OPEN_MS = 30_000;
const OPEN_MAX_MS = 5 * 60_000;

/** How a sink has been doing lately. It only saves work: each delivery keeps its own schedule, and has its tries. */
export interface CircuitBreaker {
  /** Whether a try may begin; while it is open a single one finds out whether the sink is back. */
  admits(now: number): boolean;
  /** A try begins; with `regardless` also while it is open. False: not now. */
  begin(now: number, regardless: boolean): boolean;
  /** `untried`: it came to nothing that says how the sink is. */
  end(how: 'well' | 'badly' | 'untried', now: number): void;
}

/** Forgotten with the sink object: the store decides what is delivered. */
const BREAKERS = new WeakMap<Sink, CircuitBreaker>();

export function circuitBreakerOf(sink: Sink): CircuitBreaker {
  const known = BREAKERS.get(sink);
  if (known) return known;
  const breaker = newCircuitBreaker();
  BREAKERS.set(sink, breaker);
  return breaker;
}

function newCircuitBreaker(): CircuitBreaker {
  let active = 0;
  let failures = 0;
  let openUntil = 0;
  const isOpen = () => failures >= FAILURES_BEFORE_OPEN;
  const admits = (now: number) => !isOpen() || (active === 0 && !isStillResting(openUntil, now, OPEN_MAX_MS));
  return {
    admits,
    begin(now, regardless) {
      if (!regardless && !admits(now)) return false;
      active += 1;
      return true;
    },
    end(how, now) {
      active -= 1;
      if (how === 'well') failures = 0;
      if (how === 'badly') failures += 1;
      if (how === 'badly' && isOpen())
        openUntil = now + Math.min(OPEN_MAX_MS, OPEN_MS * 2 ** (failures - FAILURES_BEFORE_OPEN));
    },
  };
}
