import { ownLines } from './history.ts';
import { plainLines, textOf } from './lines.ts';

/** Plain text without the history below the answer. */
export const trimQuoted = (text: string): string => textOf(ownLines(plainLines(text)));
