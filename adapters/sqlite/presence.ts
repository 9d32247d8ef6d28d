import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { UserError } from '../../shared/failure.ts';

function identityOf(file: string): string | undefined {
  const found = statSync(file, { bigint: true, throwIfNoEntry: false });
  return found && `${found.dev} ${found.ino}`;
}

/**
 * Whether the file that was opened still lies at its place. A process goes on writing into one that was taken away, and what it
 * writes is gone with it.
 */
export class Presence {
  readonly #file: string;
  readonly #opened: string | undefined;

  constructor(file: string) {
    this.#file = file;
    this.#opened = identityOf(file);
  }

  /** One sentence where it was taken away, or another lies there. */
  trouble(): UserError | undefined {
    if (identityOf(this.#file) === this.#opened) return undefined;
    const detail = `The database ${this.#file} was taken away or replaced while it was in use; put the data folder ${dirname(this.#file)} back as it was, and start again.`;
    return new UserError(detail, 1);
  }
}
