import type { SendingPorts } from '../shared/sending/ports.ts';
import { runSend } from '../shared/sending/run.ts';

const AT_ONCE = 8;
/** After an unexpected error, such as a full disk, before the same send is run again. */
const AFTER_ERROR_MS = 5_000;

/** The sends this process is running: several at once, one run of each at a time. What is not started stays due. */
export class SendRuns {
  readonly #ports: SendingPorts;
  readonly #running = new Map<string, Promise<void>>();
  /** In order; what somebody waits for goes in front of what the index says. */
  readonly #urgent = new Set<string>();
  readonly #waiting = new Set<string>();
  readonly #restUntil = new Map<string, number>();
  #stopped = false;

  constructor(ports: SendingPorts) {
    this.#ports = ports;
  }

  /** How many are running or waiting for their turn. */
  get size(): number {
    return this.#running.size + this.#urgent.size + this.#waiting.size;
  }

  has(id: string): boolean {
    return this.#running.has(id) || this.#urgent.has(id) || this.#waiting.has(id);
  }

  /** Somebody waits for it: run it now, and once more if it is running already. */
  wake(id: string): void {
    if (this.#stopped) return;
    this.#waiting.delete(id);
    this.#urgent.add(id);
    this.#fill();
  }

  /** It is due. */
  offer(id: string): void {
    if (this.has(id) || (this.#restUntil.get(id) ?? 0) > this.#ports.clock.now()) return;
    this.#waiting.add(id);
    this.#fill();
  }

  /** Starts no further one. */
  stop(): void {
    this.#stopped = true;
    this.#urgent.clear();
    this.#waiting.clear();
  }

  /** Resolves when none is running or waiting. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.values());
  }

  #fill(): void {
    for (const queue of [this.#urgent, this.#waiting]) {
      for (const id of queue) {
        if (this.#stopped || this.#running.size >= AT_ONCE) return;
        if (this.#running.has(id)) continue;
        queue.delete(id);
        this.#running.set(id, this.#run(id));
      }
    }
  }

  async #run(id: string): Promise<void> {
    try {
      await runSend(this.#ports, id);
      this.#restUntil.delete(id);
    } catch (error) {
      // The index brings it back.
      this.#restUntil.set(id, this.#ports.clock.now() + AFTER_ERROR_MS);
      this.#ports.log.warn('send.run-failed', { send: id, error: error instanceof Error ? error.name : 'unknown' });
    } finally {
      this.#running.delete(id);
      this.#fill();
    }
  }
}
