import { type DeliveryPorts, deliverDue } from '../shared/outbox/deliver.ts';
import type { Hint } from '../shared/outbox/outbox.ts';
import type { Address } from '../shared/store/store.ts';

const BATCH = 100;

/** The events this process is about to deliver, a batch at a time. What is not delivered stays due. */
export class EventLane {
  readonly #ports: DeliveryPorts;
  readonly #waiting = new Map<string, Hint>();
  #current: readonly Hint[] = [];
  #work: Promise<void> | undefined;

  constructor(ports: DeliveryPorts) {
    this.#ports = ports;
  }

  get size(): number {
    return this.#waiting.size + this.#current.length;
  }

  has({ partition }: Address): boolean {
    return this.#waiting.has(partition) || this.#current.some((address) => address.partition === partition);
  }

  /** Keeps no more documents waiting than one batch delivers; what is further behind is read when its turn comes. */
  offer(hint: Hint): void {
    const { partition, key } = hint;
    this.#waiting.set(partition, this.#waiting.size < BATCH ? hint : { partition, key });
    this.#work ??= this.#deliver();
  }

  /** Begins no further batch. */
  stop(): void {
    this.#waiting.clear();
  }

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    while (this.#work) await this.#work;
  }

  async #deliver(): Promise<void> {
    // Those offered in the same breath go together.
    await Promise.resolve();
    while (this.#waiting.size > 0) {
      this.#current = [...this.#waiting.values()].slice(0, BATCH);
      for (const { partition } of this.#current) this.#waiting.delete(partition);
      await this.#batch(this.#current);
      this.#current = [];
    }
    this.#work = undefined;
  }

  /** What fails here is the store; what is due stays due. */
  async #batch(addresses: readonly Hint[]): Promise<void> {
    try {
      await deliverDue(this.#ports, { limit: BATCH, addresses });
    } catch (error) {
      this.#ports.log.warn('delivery.round-failed', { error: error instanceof Error ? error.name : 'unknown' });
    }
  }
}
