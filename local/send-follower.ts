import { sends } from '../shared/app/work.ts';
import { Worker } from '../shared/outbox/worker.ts';
import type { SendingPorts } from '../shared/sending/ports.ts';
import { sendAddress } from '../shared/store/keys.ts';

const EVERY_MS = 500;

/** Takes a command's own sends as far as they go while it waits: no other process runs them meanwhile. */
export class SendFollower {
  readonly #worker: Worker;
  readonly #ids = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(ports: SendingPorts) {
    const { store, clock, log } = ports;
    const neverSleeps = { now: () => clock.now(), sleep: async () => {} };
    this.#worker = new Worker({ store, clock: neverSleeps, log }, [sends(ports)]);
  }

  follow(id: string): void {
    this.#ids.add(id);
    this.#worker.urge(sendAddress(id));
    this.#timer ??= setInterval(() => {
      for (const each of this.#ids) this.#worker.urge(sendAddress(each));
    }, EVERY_MS);
  }

  /** Waits for a post that is under way: cut off, nobody would know whether it arrived. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    this.#worker.stop();
    await this.#worker.idle();
  }
}
