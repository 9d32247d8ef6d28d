import { dirname } from 'node:path';
import { UserError } from '../../shared/failure.ts';

/** What SQLite answers. Source: https://www.sqlite.org/rescode.html. */
const BUSY = 5;
const IO_ERROR = 10;
const CORRUPT = 11;
const FULL = 13;
const READ_ONLY = 8;
const CANNOT_OPEN = 14;
const NO_DATABASE = 26;

const SENTENCES: Readonly<Record<number, (file: string) => string>> = {
  [BUSY]: (file) =>
    `Another replybus process holds the data folder ${dirname(file)}; stop it first or use another --data.`,
  [FULL]: (file) => `The disk of the data folder ${dirname(file)} is full; make room on it.`,
  [IO_ERROR]: (file) =>
    `The data folder ${dirname(file)} cannot be read or written; look after its disk, and for a limit on the size of files.`,
  [READ_ONLY]: (file) =>
    `The data folder ${dirname(file)} cannot be written; give its owner write access or use another --data.`,
  [CANNOT_OPEN]: (file) => `The database ${file} cannot be opened; give its owner access to it, or use another --data.`,
  [CORRUPT]: damaged,
  [NO_DATABASE]: damaged,
};

export function damaged(file: string): string {
  return `The database ${file} is damaged; put it aside with all files of its name, and put a copy from "replybus backup" in its place.`;
}

/** The low byte is the kind; the rest says more than a person needs. */
const errcodeOf = (error: unknown): number | undefined =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;

export const isDiskFull = (error: unknown): boolean => errcodeOf(error) === FULL;

/** One sentence for what a person can do something about; every other error as it is. */
export function troubleOf(error: unknown, file: string): unknown {
  const code = errcodeOf(error);
  const sentence = code === undefined ? undefined : SENTENCES[code];
  return sentence ? new UserError(sentence(file), 1) : error;
}
