export interface DeadLetter {
  readonly reason: string;
  readonly body: string;
}

/** The dead-letter queue: what functions, queue and stream gave up, each with its reason. */
export class DeadLetters {
  readonly #letters: DeadLetter[] = [];

  get letters(): readonly DeadLetter[] {
    return this.#letters;
  }

  add(letter: DeadLetter): void {
    this.#letters.push(letter);
  }

  take(): readonly DeadLetter[] {
    return this.#letters.splice(0);
  }
}
