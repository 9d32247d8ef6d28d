import type { StoredEvent } from '../../../shared/outbox/record.ts';
import type { Store } from '../../../shared/store/store.ts';
import { quantile } from './measure.ts';

/** A message that must be told once, from the moment on at which the vendor shows what makes it so. */
export interface Due {
  readonly type: 'reply.received' | 'reply.interested';
  /** As the vendor names it; no two threads share one here. */
  readonly message: string;
  readonly at: number;
}

const nameOf = ({ type, message }: Omit<Due, 'at'>) => `${type} ${message}`;

/** What was told, held against what was due. */
export interface Judged {
  readonly due: number;
  readonly told: number;
  /** From due to told; what was not told is late for ever. */
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly mostMs: number;
}

/** A store that notes when each event was recorded. */
export class ToldStore implements Store {
  readonly #store: Store;
  readonly #now: () => number;
  /** By name: when each of its events was put; more than one is one too many. */
  readonly #told = new Map<string, number[]>();
  /** Every other event, by its type. */
  readonly others = new Map<string, number>();

  constructor(store: Store, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  get: Store['get'] = (address) => this.#store.get(address);
  list: Store['list'] = (partition, prefix) => this.#store.list(partition, prefix);
  remove: Store['remove'] = (address, expected) => this.#store.remove(address, expected);
  due: Store['due'] = (before, limit) => this.#store.due(before, limit);
  dueAfter: Store['dueAfter'] = (after) => this.#store.dueAfter(after);
  timeline: Store['timeline'] = (from, page) => this.#store.timeline(from, page);

  put: Store['put'] = async (document, expected) => {
    const isPut = await this.#store.put(document, expected);
    if (isPut && expected === 0 && document.partition.startsWith('EVENT#'))
      this.#note(document.value as unknown as StoredEvent);
    return isPut;
  };

  #note({ kind, type, body }: StoredEvent): void {
    if (kind !== 'event' || !body) return;
    const { data } = body as unknown as { data: { message?: { id: string } } };
    if ((type !== 'reply.received' && type !== 'reply.interested') || !data.message) {
      this.others.set(type, (this.others.get(type) ?? 0) + 1);
      return;
    }
    const name = nameOf({ type, message: data.message.id });
    this.#told.set(name, [...(this.#told.get(name) ?? []), this.#now()]);
  }

  isTold(due: Due): boolean {
    return this.#told.has(nameOf(due));
  }

  judge(due: readonly Due[]): Judged {
    const lagsMs = due.map((one) => (this.#told.get(nameOf(one))?.[0] ?? Number.POSITIVE_INFINITY) - one.at);
    const [p50Ms, p95Ms, mostMs] = [0.5, 0.95, 1].map((share) => quantile(lagsMs, share)) as [number, number, number];
    return { due: due.length, told: lagsMs.filter(Number.isFinite).length, p50Ms, p95Ms, mostMs };
  }

  /** Events beyond the first of one message. */
  get twice(): number {
    return [...this.#told.values()].reduce((sum, { length }) => sum + length - 1, 0);
  }

  /** Told, though never due. */
  spurious(due: readonly Due[]): number {
    const names = new Set(due.map(nameOf));
    return [...this.#told.keys()].filter((name) => !names.has(name)).length;
  }
}
