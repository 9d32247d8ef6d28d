/** Two answers, and the head they were held against. */
export interface Seen {
  readonly version: number;
  readonly first: string;
  readonly interested: string;
}

/**
 * The answers of each feed's last poll that found nothing new. The same answers under the same head say so again, whoever asks, so this
 * may be lost and never be wrong; it saves parsing them.
 */
export class SeenQuiet {
  readonly #seen = new Map<string, Seen>();

  has(feed: string, { version, first, interested }: Seen): boolean {
    const seen = this.#seen.get(feed);
    return seen?.version === version && seen.first === first && seen.interested === interested;
  }

  add(feed: string, seen: Seen): void {
    this.#seen.set(feed, seen);
  }
}
