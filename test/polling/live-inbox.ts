import { type BackfillBench, type BenchOptions, backfillBench } from './backfill-bench.ts';
import { type Engine, MINUTE } from './harness.ts';

/** Polls as they are due, while new replies come to old threads. */
export class LiveInbox {
  readonly #bench: BackfillBench;
  readonly #poller: ReturnType<Engine['createPoller']>;
  readonly #everyMs: number;
  readonly #untold = new Map<string, number>();
  #pollAt: number;
  #sendAt: number;
  readonly #late: number[] = [];

  constructor({ createPoller }: Engine, bench: BackfillBench, everyMs: number) {
    this.#bench = bench;
    this.#poller = createPoller(bench.polled, bench.ports);
    this.#everyMs = everyMs;
    this.#pollAt = bench.ports.clock.now();
    this.#sendAt = this.#pollAt + everyMs;
  }

  get told(): number {
    return this.#late.length;
  }

  /** Most minutes between a reply and the poll that told it, or now. */
  get latest(): number {
    const now = this.#bench.ports.clock.now();
    return Math.max(...this.#late, ...[...this.#untold.values()].map((sentAt) => (now - sentAt) / MINUTE));
  }

  async goOn(ms: number): Promise<void> {
    const { ports, pass } = this.#bench;
    const end = ports.clock.now() + ms;
    for (;;) {
      const now = ports.clock.now();
      if (now >= this.#sendAt) this.#send(now);
      else if (now >= this.#pollAt) await this.#poll(now);
      else if (now >= end) return;
      else pass(Math.min(end, this.#pollAt, this.#sendAt) - now);
    }
  }

  #send(sentAt: number): void {
    const threads = [...this.#bench.world.threads.values()];
    const thread = threads[Math.floor(sentAt / this.#everyMs) % threads.length];
    const fields = { direction: 'inbound', sentAt, text: `New, at ${sentAt}.` } as const;
    this.#untold.set(this.#bench.world.addMessage(thread?.id ?? '', fields).replyId, sentAt);
    this.#sendAt = sentAt + this.#everyMs;
  }

  async #poll(now: number): Promise<void> {
    const { nextInMs } = await this.#poller.poll();
    this.#pollAt = now + nextInMs;
    for (const { type, message, backfill: isOld } of this.#bench.events()) {
      const sentAt = this.#untold.get(message);
      if (sentAt === undefined || isOld || type !== 'reply.received') continue;
      this.#late.push((now - sentAt) / MINUTE);
      this.#untold.delete(message);
    }
  }
}

/** ColdSend as it is by default: its quotas are kept, 600 calls an hour are ours. */
export const quotaBench = (everySeconds: number, { switches, ...options }: BenchOptions = {}) =>
  backfillBench({
    threads: 300,
    switches: { coldsendRateLimits: true, ...switches },
    everyMs: everySeconds * 1_000,
    quotaShare: 0.6,
    ...options,
  });
