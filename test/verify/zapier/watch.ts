import type { Sandbox } from '../../../sandbox/sandbox.ts';
import type { World } from '../../../sandbox/world.ts';
import type { WorldThread } from '../../../sandbox/world-model.ts';
import type { Clock, Http } from '../../../shared/ports.ts';

export interface Span {
  readonly from: number;
  readonly to: number;
}

export const FOREVER = Number.POSITIVE_INFINITY;

/** Where both hold. */
export function both(ones: readonly Span[], others: readonly Span[]): readonly Span[] {
  return ones.flatMap((one) =>
    others.flatMap((other) => {
      const span = { from: Math.max(one.from, other.from), to: Math.min(one.to, other.to) };
      return span.from < span.to ? [span] : [];
    }),
  );
}

/** Remembers what the world itself does not: when threads lay in the archive, and when the vendor was called. */
export class Watch {
  /** When each call to the vendor began. */
  readonly calls: number[] = [];
  /** Refused because the key's budget was used up. */
  overBudget = 0;
  readonly #world: World;
  readonly #archived = new Map<string, { from: number; to: number }[]>();

  constructor(world: World) {
    this.#world = world;
  }

  look(): void {
    const now = this.#world.now();
    for (const { id, archivedAt } of this.#world.threads.values()) {
      const last = this.#archived.get(id)?.at(-1);
      const isOpen = last?.to === FOREVER;
      if (archivedAt !== null && !isOpen)
        this.#archived.set(id, [...(this.#archived.get(id) ?? []), { from: archivedAt, to: FOREVER }]);
      else if (archivedAt === null && last && isOpen) last.to = now;
    }
  }

  http({ http, switches }: Sandbox, clock: Pick<Clock, 'now'>): Http {
    return async (request) => {
      this.calls.push(clock.now());
      const answer = await http(request);
      if (answer.status === 429 && switches.throttledRate === 0) this.overBudget += 1;
      return answer;
    };
  }

  /** The most calls in any stretch of so much time. */
  busiest(perMs: number): number {
    let most = 0;
    let first = 0;
    for (const [at, time] of this.calls.entries()) {
      while ((this.calls[first] ?? 0) <= time - perMs) first += 1;
      most = Math.max(most, at - first + 1);
    }
    return most;
  }

  /** When a list of replies holds the thread. */
  listed({ id, messages }: WorldThread): readonly Span[] {
    const inbound = messages.filter(({ direction }) => direction === 'inbound');
    const from = Math.min(...inbound.map(({ visibleAt }) => visibleAt));
    const gaps = this.#archived.get(id) ?? [];
    const starts = [from, ...gaps.map((gap) => gap.to)];
    const ends = [...gaps.map((gap) => gap.from), FOREVER];
    return both(
      starts.map((start, at) => ({ from: start, to: ends[at] ?? FOREVER })),
      [{ from, to: FOREVER }],
    );
  }
}

/** When the thread's label was one of those asked for. */
export function labelled({ labels }: WorldThread, isWanted: (intent: string | null) => boolean): readonly Span[] {
  const changes = [{ at: 0, intent: null }, ...labels];
  return changes.flatMap(({ at, intent }, index) =>
    isWanted(intent) ? [{ from: at, to: changes[index + 1]?.at ?? FOREVER }] : [],
  );
}
