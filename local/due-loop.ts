import type { DeliveryPorts } from '../shared/outbox/deliver.ts';
import { isEventAddress } from '../shared/outbox/outbox.ts';
import type { SendingPorts } from '../shared/sending/ports.ts';
import { isSendAddress } from '../shared/store/keys.ts';
import type { Address, Document } from '../shared/store/store.ts';
import { EventLane } from './event-lane.ts';
import { SendRuns } from './send-runs.ts';

const BATCH = 100;
const EVERY_MS = 1_000;

const sendOf = ({ partition }: Address): string => partition.slice('SEND#'.length);

/**
 * Does what is due, events and sends side by side so that neither holds up the other: at once what was just recorded or
 * accepted, and each second what the index says.
 */
export class DueLoop {
  readonly #ports: DeliveryPorts;
  readonly #events: EventLane;
  readonly #sends: SendRuns;
  #wake = () => {};
  #woken = false;

  constructor(delivery: DeliveryPorts, sending: SendingPorts) {
    this.#ports = delivery;
    this.#events = new EventLane(delivery);
    this.#sends = new SendRuns(sending);
  }

  /** An event was just recorded. */
  hint(event: Document): void {
    this.#events.offer(event);
  }

  /** A send was just accepted, or decided. */
  wakeSend(id: string): void {
    this.#sends.wake(id);
  }

  wake(): void {
    this.#woken = true;
    this.#wake();
  }

  /** Does what is due until nothing more is due now. */
  async drain(): Promise<void> {
    const seen = new Set<string>();
    let left = 0;
    for (;;) {
      await this.#idle();
      const found = await this.#ports.store.due(this.#ports.clock.now(), BATCH + left);
      const fresh = found.filter(({ partition }) => !seen.has(partition));
      left = found.length - fresh.length;
      for (const address of fresh) {
        seen.add(address.partition);
        this.#offer(address);
      }
      if (fresh.length === 0 && this.#events.size === 0 && this.#sends.size === 0) return;
    }
  }

  /** Ends after the signal, when what was begun has ended. */
  async run(signal: AbortSignal): Promise<void> {
    const stop = () => this.wake();
    signal.addEventListener('abort', stop);
    while (!signal.aborted) {
      this.#woken = false;
      await this.#safely(() => this.#round());
      if (!signal.aborted) await this.#rest();
    }
    signal.removeEventListener('abort', stop);
    this.#sends.stop();
    this.#events.stop();
    await this.#idle();
  }

  #offer(address: Address): void {
    if (isSendAddress(address)) this.#sends.offer(sendOf(address));
    else if (isEventAddress(address)) this.#events.offer(address);
  }

  #isBusyWith(address: Address): boolean {
    return isSendAddress(address) ? this.#sends.has(sendOf(address)) : this.#events.has(address);
  }

  async #idle(): Promise<void> {
    while (this.#events.size > 0 || this.#sends.size > 0) {
      await Promise.all([this.#events.idle(), this.#sends.idle()]);
    }
  }

  /** What is being done is still in the index, in front of the rest: it is read beyond. */
  async #round(): Promise<void> {
    const limit = BATCH + this.#events.size + this.#sends.size;
    const found = await this.#ports.store.due(this.#ports.clock.now(), limit);
    const fresh = found.filter((address) => !this.#isBusyWith(address));
    for (const address of fresh) this.#offer(address);
    if (found.length >= limit && fresh.some((address) => this.#isBusyWith(address))) this.#woken = true;
  }

  /** What fails here is the store; what is due stays due. */
  async #safely(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#ports.log.warn('due.round-failed', { error: error instanceof Error ? error.name : 'unknown' });
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
