import type { DatabaseSync } from 'node:sqlite';
import type { Presence } from './presence.ts';

interface Job {
  readonly write: () => boolean;
  readonly settle: (outcome: Outcome) => void;
}

type Outcome = { readonly done: boolean } | { readonly error: unknown };

/**
 * Writes of one turn of the event loop in one transaction, so that being durable costs one flush for all of them. Each is
 * answered after the flush; one that is refused, or fails alone, takes nothing from the others.
 */
export class Batch {
  readonly #database: DatabaseSync;
  readonly #presence: Presence;
  #jobs: Job[] = [];
  #held = false;

  /** `presence`: asked before each transaction, which is answered only where it will be found again. */
  constructor(database: DatabaseSync, presence: Presence) {
    this.#database = database;
    this.#presence = presence;
  }

  /** `write` runs within the transaction and says whether it wrote. */
  add(write: () => boolean): Promise<boolean> {
    return new Promise((resolve, reject) => {
      if (this.#jobs.length === 0) setImmediate(() => this.flush());
      const settle = (outcome: Outcome) => ('error' in outcome ? reject(outcome.error) : resolve(outcome.done));
      this.#jobs.push({ write, settle });
    });
  }

  /** Writes wait until {@link release}. */
  hold(): void {
    this.#held = true;
  }

  release(): void {
    if (!this.#held) return;
    this.#held = false;
    this.flush();
  }

  flush(): void {
    if (this.#held) return;
    const jobs = this.#jobs;
    this.#jobs = [];
    if (jobs.length === 0) return;
    for (const [index, outcome] of this.#commit(jobs).entries()) jobs[index]?.settle(outcome);
  }

  #commit(jobs: readonly Job[]): readonly Outcome[] {
    const trouble = this.#presence.trouble();
    if (trouble) return jobs.map(() => ({ error: trouble }));
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      const outcomes = jobs.map(({ write }) => this.#run(write));
      this.#database.exec('COMMIT');
      return outcomes;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      return jobs.map(() => ({ error }));
    }
  }

  #run(write: () => boolean): Outcome {
    try {
      return { done: write() };
    } catch (error) {
      // A full disk or a broken file ends the transaction; anything less took back this statement alone.
      if (!this.#database.isTransaction) throw error;
      return { error };
    }
  }
}
