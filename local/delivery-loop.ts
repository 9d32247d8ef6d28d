import { type DeliveryPorts, deliverDue } from '../shared/delivering/deliver.ts';
import type { Address } from '../shared/store/store.ts';

const BATCH = 100;
const EVERY_MS = 1_000;

/** Delivers what is due: at once what was just recorded, and each second what the index says. */
export class DeliveryLoop {
  readonly #ports: DeliveryPorts;
  #hints: Address[] = [];
  #wake = () => {};
  #woken = false;

  constructor(ports: DeliveryPorts) {
    this.#ports = ports;
  }

  hint(address: Address): void {
    this.#hints.push(address);
    this.wake();
  }

  wake(): void {
    this.#woken = true;
    this.#wake();
  }

  /** What the index may have lost when the process was killed: the embedded database writes it apart from its items. */
  async recover(): Promise<void> {
    let batch: Address[] = [];
    for await (const address of this.#ports.store.scanDue()) {
      batch.push(address);
      if (batch.length < BATCH) continue;
      await deliverDue(this.#ports, { limit: BATCH, addresses: batch });
      batch = [];
    }
    if (batch.length > 0) await deliverDue(this.#ports, { limit: BATCH, addresses: batch });
  }

  /** Delivers until nothing more is due now. */
  async drain(): Promise<void> {
    while (this.#hints.length > 0) {
      const addresses = this.#hints.splice(0, BATCH);
      await deliverDue(this.#ports, { limit: BATCH, addresses });
    }
    while ((await deliverDue(this.#ports, { limit: BATCH })).more);
  }

  async run(signal: AbortSignal): Promise<void> {
    const stop = () => this.wake();
    signal.addEventListener('abort', stop);
    await this.#safely(() => this.recover());
    while (!signal.aborted) {
      this.#woken = false;
      await this.#safely(() => this.drain());
      await this.#rest();
    }
    signal.removeEventListener('abort', stop);
  }

  /** What fails here is the store; what is due stays due. */
  async #safely(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#ports.log.warn('delivery.round-failed', { error: error instanceof Error ? error.name : 'unknown' });
    }
  }

  async #rest(): Promise<void> {
    if (this.#woken) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, EVERY_MS);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
