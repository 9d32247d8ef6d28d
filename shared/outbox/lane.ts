import type { Sink } from './sink.ts';

const CONCURRENT_MAX = 8;
const FAILURES_BEFORE_REST = 5;
const REST_MS = 30_000;
const REST_MAX_MS = 5 * 60_000;

/** One sink's share of this process: how many deliveries run at once, and how it has been doing lately. */
export interface Lane {
  /** Whether a delivery may be tried now, waiting for a free place when the sink is well. */
  enter(now: () => number): Promise<boolean>;
  leave(ending: 'well' | 'badly' | 'untried', now: number): void;
  /** Until when nothing is tried, in milliseconds since 1970. */
  restsUntil(): number;
}

/** Forgotten with the sink object: it only saves work, the store decides what is delivered. */
const LANES = new WeakMap<Sink, Lane>();

export function laneOf(sink: Sink): Lane {
  const known = LANES.get(sink);
  if (known) return known;
  const lane = newLane();
  LANES.set(sink, lane);
  return lane;
}

function newLane(): Lane {
  let active = 0;
  let failures = 0;
  let until = 0;
  const waiting: (() => void)[] = [];
  const ill = () => failures >= FAILURES_BEFORE_REST;
  return {
    async enter(now) {
      while (!ill() && active >= CONCURRENT_MAX) await new Promise<void>((go) => waiting.push(go));
      // After a rest a single delivery finds out whether the sink is back.
      if (ill() && (active > 0 || now() < until)) return false;
      active += 1;
      return true;
    },
    leave(ending, now) {
      active -= 1;
      if (ending === 'well') failures = 0;
      if (ending === 'badly') failures += 1;
      if (ill() && ending === 'badly')
        until = now + Math.min(REST_MAX_MS, REST_MS * 2 ** (failures - FAILURES_BEFORE_REST));
      for (const go of waiting.splice(0, ill() ? waiting.length : 1)) go();
    },
    restsUntil: () => until,
  };
}
