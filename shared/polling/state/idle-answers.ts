/** Two answers, and the checkpoint they were held against. */
export interface HeldAnswers {
  readonly version: number;
  readonly first: string;
  readonly interested: string;
}

/**
 * The answers of each feed's last poll that found nothing new. The same answers under the same checkpoint say so again, whoever asks, so this
 * may be lost and never be wrong; it saves parsing them.
 */
export class IdleAnswers {
  readonly #seen = new Map<string, HeldAnswers>();

  has(feed: string, { version, first, interested }: HeldAnswers): boolean {
    const seen = this.#seen.get(feed);
    return seen?.version === version && seen.first === first && seen.interested === interested;
  }

  add(feed: string, seen: HeldAnswers): void {
    this.#seen.set(feed, seen);
  }
}
