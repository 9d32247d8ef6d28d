import { Lanes } from '../concurrency/lanes.ts';
import { UserError } from '../failure.ts';
import type { Instant } from '../model.ts';
import type { Clock, Log, LogFields } from '../ports.ts';
import { isStillResting } from '../resting.ts';
import { Unreadable } from '../store/collection.ts';
import type { Address, Store } from '../store/store.ts';
import type { Hint } from './outbox.ts';
import { isTimeForStranded, stranded } from './stranded.ts';

/** Read from the index at once, beyond what is in hand. */
const BATCH = 256;
/** In hand at most; what is due beyond stays in the index. */
const IN_HAND_MAX = 5_000;
const EVERY_MS = 1_000;
/** After an unexpected error, such as a full disk, before the same thing is tried again. */
const AFTER_ERROR_MS = 5_000;
/** What cannot be read was said, and stays due for a version that can. */
const UNREADABLE_MS = 3_600_000;

const STRANDED = 'stranded';

/** One piece of work on one document. */
export interface Job {
  readonly lane: string;
  /** It is not begun when less time than this is left. */
  readonly takesMs: number;
  /** What is logged when it fails, with these. */
  readonly failed: string;
  readonly fields: LogFields;
  run(): Promise<void>;
}

/** What a job may ask of the worker. */
export interface Offer {
  add(address: Address, job: Job): void;
  queued(lane: string): number;
  count(name: string, more: number): void;
}

/** Something that can be due. */
export interface Kind {
  /** Undefined for what is not of this kind. */
  job(hint: Hint, offer: Offer): Job | undefined;
  /** How much of this lane runs at once; undefined for a lane of another kind. */
  atOnce(lane: string): number | undefined;
  /** Work for which nothing is due: asked at each look at the index. */
  besides?(offer: Offer): void;
  /** Something has changed outside of this process's work: what is remembered may be old. */
  forget?(): void;
}

export interface WorkerPorts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  /** When this process has to end what it has begun; absent where it goes on for ever. */
  readonly endsAt?: () => Instant;
  /** Nothing begins after this instant. */
  readonly beginsUntil?: () => Instant;
}

const keyOf = ({ partition, key }: Address) => `${partition} ${key}`;

/** The sentence, where it is one for people: a full disk, a damaged database. */
function wordsOf(error: unknown): string {
  if (error instanceof UserError) return error.message;
  return error instanceof Error ? error.name : 'unknown';
}

/**
 * Does what is due, of every kind, each in lanes of its own: deliveries, sends, and the retries of both. What is not done
 * stays due, whatever becomes of the process. The edge says when it looks and for how long.
 */
export class Worker {
  readonly #ports: WorkerPorts;
  readonly #kinds: readonly Kind[];
  readonly #lanes: Lanes;
  readonly #restUntil = new Map<string, Instant>();
  /** How often what happened, since the worker was made; `left`: what the time did not reach, `broken`: what failed. */
  readonly counts: Record<string, number> = {};
  #woken = false;
  #wake = () => {};

  constructor(ports: WorkerPorts, kinds: readonly Kind[]) {
    this.#ports = ports;
    this.#kinds = kinds;
    this.#lanes = new Lanes((lane) => {
      const [found] = kinds.flatMap((kind) => kind.atOnce(lane) ?? []);
      return found ?? 1;
    });
  }

  /** Something may be due. */
  offer(hint: Hint): void {
    const restUntil = this.#restUntil.get(keyOf(hint)) ?? 0;
    if (isStillResting(restUntil, this.#ports.clock.now(), UNREADABLE_MS) || this.#lanes.has(keyOf(hint))) return;
    const job = this.#jobOf(hint);
    if (job) this.#lanes.add(job.lane, keyOf(hint), () => this.#run(keyOf(hint), job));
  }

  /** Somebody waits for it: now, and once more if it is being done already. */
  urge(hint: Hint): void {
    const job = this.#jobOf(hint);
    if (job) this.#lanes.addUrgent(job.lane, keyOf(hint), () => this.#run(keyOf(hint), job));
  }

  /** Look at the index now, and not at the next round. */
  wake(): void {
    for (const kind of this.#kinds) kind.forget?.();
    this.#woken = true;
    this.#wake();
  }

  /** Resolves when nothing is in hand. */
  async idle(): Promise<void> {
    await this.#lanes.idle();
  }

  /** Begins nothing more. */
  stop(): void {
    this.#lanes.stop();
  }

  /** Does what is due until nothing more is due now, or the time is over. */
  async drain(): Promise<void> {
    const seen = new Set<string>();
    while (this.#mayBegin(0)) {
      const fresh = await this.#round(seen);
      for (const address of fresh) seen.add(keyOf(address));
      if (fresh.length === 0 && this.#lanes.size === 0) return;
      if (fresh.length === 0) await this.idle();
    }
    await this.idle();
  }

  /** Looks each second. Ends after the signal, when what was begun has ended. */
  async run(signal: AbortSignal): Promise<void> {
    const stop = () => this.wake();
    signal.addEventListener('abort', stop);
    while (!signal.aborted) {
      this.#woken = false;
      await this.#roundSafely();
      if (!signal.aborted && !this.#woken) await this.#rest();
    }
    signal.removeEventListener('abort', stop);
    this.stop();
    await this.idle();
  }

  /** What is in hand, or rests, is still in the index, in front of the rest: it is read beyond. */
  async #round(seen: ReadonlySet<string> = new Set()): Promise<readonly Address[]> {
    const now = this.#ports.clock.now();
    for (const [key, until] of this.#restUntil)
      if (!isStillResting(until, now, UNREADABLE_MS)) this.#restUntil.delete(key);
    if (!this.#restUntil.has(STRANDED) && isTimeForStranded(this.#ports.store, now)) this.#lookForStranded();
    const limit = BATCH + Math.min(IN_HAND_MAX, this.#lanes.size + seen.size + this.#restUntil.size);
    const found = await this.#ports.store.due(now, limit);
    const known = (key: string) => this.#lanes.has(key) || seen.has(key) || this.#restUntil.has(key);
    const fresh = found.filter((address) => !known(keyOf(address)));
    if (this.#lanes.size >= IN_HAND_MAX) this.#ports.log.warn('work.in-hand', { count: this.#lanes.size });
    else for (const address of fresh) this.offer(address);
    for (const kind of this.#kinds) kind.besides?.(this.#offer);
    if (found.length >= limit && fresh.some((address) => this.#lanes.has(keyOf(address)))) this.#woken = true;
    return fresh;
  }

  #lookForStranded(): void {
    const run = async () => {
      for await (const address of stranded(this.#ports.store, this.#ports.clock.now())) {
        while (this.#lanes.size >= BATCH && this.#mayBegin(0)) await this.#ports.clock.sleep(EVERY_MS);
        if (!this.#mayBegin(0)) return;
        this.offer(address);
      }
    };
    const job = { lane: STRANDED, takesMs: 0, failed: 'due.round-failed', fields: {}, run };
    this.#lanes.add(STRANDED, STRANDED, () => this.#run(STRANDED, job));
  }

  /** What fails here is the store; what is due stays due. */
  async #roundSafely(): Promise<void> {
    try {
      await this.#round();
    } catch (error) {
      this.#ports.log.warn('due.round-failed', { error: wordsOf(error) });
    }
  }

  async #rest(): Promise<void> {
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    await Promise.race([woken, this.#ports.clock.sleep(EVERY_MS)]);
  }

  #jobOf(hint: Hint): Job | undefined {
    for (const kind of this.#kinds) {
      const job = kind.job(hint, this.#offer);
      if (job) return job;
    }
    return undefined;
  }

  readonly #offer: Offer = {
    add: (address, job) => this.#lanes.add(job.lane, keyOf(address), () => this.#run(keyOf(address), job)),
    queued: (lane) => this.#lanes.queued(lane),
    count: (name, more) => {
      this.counts[name] = (this.counts[name] ?? 0) + more;
    },
  };

  #mayBegin(takesMs: number): boolean {
    const now = this.#ports.clock.now();
    const { endsAt, beginsUntil } = this.#ports;
    return now <= (beginsUntil?.() ?? now) && now + takesMs <= (endsAt?.() ?? now + takesMs);
  }

  async #run(key: string, { takesMs, run, failed, fields }: Job): Promise<void> {
    if (!this.#mayBegin(takesMs)) return this.#offer.count('left', 1);
    try {
      await run();
      this.#restUntil.delete(key);
    } catch (error) {
      // The index brings it back.
      const restMs = error instanceof Unreadable ? UNREADABLE_MS : AFTER_ERROR_MS;
      this.#restUntil.set(key, this.#ports.clock.now() + restMs);
      this.#offer.count('broken', 1);
      if (!(error instanceof Unreadable)) this.#ports.log.warn(failed, { ...fields, error: wordsOf(error) });
    }
  }
}
