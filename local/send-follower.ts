import type { SendingPorts } from '../shared/sending/ports.ts';
import { SendRuns } from './send-runs.ts';

const EVERY_MS = 500;

/** Takes a command's own sends as far as they go while it waits: no other process runs them meanwhile. */
export class SendFollower {
  readonly #runs: SendRuns;
  readonly #ids = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(ports: SendingPorts) {
    this.#runs = new SendRuns(ports);
  }

  follow(id: string): void {
    this.#ids.add(id);
    this.#runs.wake(id);
    this.#timer ??= setInterval(() => {
      for (const each of this.#ids) this.#runs.wake(each);
    }, EVERY_MS);
  }

  /** Waits for a post that is under way: cut off, nobody would know whether it arrived. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    this.#runs.stop();
    await this.#runs.idle();
  }
}
