import type { Message } from '../model.ts';
import { withoutMarks } from '../text/marks.ts';
import { isAddress, isMadeOf, leadsTo } from './links.ts';
import { type Word, writtenInHtml, writtenInText } from './written.ts';

/** Messages around one that history below it may quote, or that it may pass on. */
export const AROUND_MAX = 50;

/** All words of a message, history and footers among them. */
export const writtenIn = async ({ html, text }: Message): Promise<readonly Word[]> =>
  (html?.trim() ? await writtenInHtml(html) : writtenInText(text ?? '')).words;

/** How far one text goes along with another. */
export interface Overlap {
  /** Words of the longer one that are ours; undefined where they part. */
  readonly upTo: number | undefined;
  readonly linksDiffer: boolean;
}

/** A target written out behind the words it belongs to, as HTML is put into plain text: `our offer (https://…)`. */
const isWrittenOut = (word: Word | undefined, links: readonly string[]) => {
  const address = withoutMarks(word?.text ?? '', '<([', '>)].,;:');
  return isAddress(address) && links.some((link) => leadsTo(address, link));
};

function linksDiffer(ours: Word, theirs: Word, isHtml: boolean): boolean {
  const made = (word: Word, links: readonly string[]) => links.every((link) => isMadeOf(word.text, link));
  if (!isHtml || ours.links.length === 0) return !made(theirs, theirs.links);
  if (theirs.links.length === 0) return !made(ours, ours.links);
  if (ours.links.length !== theirs.links.length) return true;
  return !ours.links.every((link, at) => leadsTo(theirs.links[at] ?? '', link));
}

const sameWord = (ours: string, theirs: string) =>
  ours === theirs || (isAddress(ours) && isAddress(theirs) && leadsTo(theirs, ours));

export function overlap(ours: readonly Word[], theirs: readonly Word[], isHtml: boolean): Overlap {
  let at = 0;
  let differ = false;
  let before: Word | undefined;
  for (const word of ours) {
    if (before && !isHtml && isWrittenOut(theirs[at], before.links)) at += 1;
    const other = theirs[at];
    if (!other || !sameWord(word.text, other.text)) return { upTo: undefined, linksDiffer: differ };
    differ ||= linksDiffer(word, other, isHtml);
    before = word;
    at += 1;
  }
  if (before && !isHtml && isWrittenOut(theirs[at], before.links)) at += 1;
  return { upTo: at, linksDiffer: differ };
}
