import type { Instant, Thread } from '../../model.ts';
import type { RowPage } from '../../provider.ts';
import { lettersOf } from './chunked-map.ts';
import { awaitsRetry } from './documents.ts';
import type { InterestWatermarks, SeenThreads } from './feed-state.ts';

const short = (text: string) => lettersOf(text, 16);

/** Equal rows give equal digests in whatever order a vendor lists ties. */
function digestOf(lines: readonly string[]): string {
  return short([...lines].sort().join('\n'));
}

const rowLine = (key: string, at: Instant, count: number, interested: boolean, look = '') =>
  `${key}|${at}|${count}|${interested ? 1 : 0}|${look}`;

/** Beside its time, what shows that a row has changed. */
export const countOf = (row: Thread) => row.changeHint ?? row.messageCount ?? -1;

const LINKS = /\bhttps?:\/\/[^\s"'<>]+/gi;
const withoutLinks = (text: string) => (text.includes('://') ? text.replace(LINKS, '') : text);

/**
 * What else of a row a reply may change where its time and count stand still: the words that it shows, and that it is unread again. Labels
 * and stars are set without one. A row that carries its messages is as they are.
 */
export function lookOf({ subject = '', preview = '', read, messages }: Thread): string {
  return messages ? '' : lettersOf(JSON.stringify([subject, withoutLinks(preview), read === false]), 8);
}

/** The row looks as it did, but that it may have been read since; what an older version kept knows no looks. */
export const looksAs = (look: string | undefined, row: Thread): boolean =>
  look === undefined || look === lookOf(row) || (row.read === true && look === lookOf({ ...row, read: false }));

const lineOf = (row: Thread) => rowLine(row.key, row.lastActivityAt, countOf(row), row.interested, lookOf(row));

/** Of a page as the vendor sent it. */
export function readDigest(page: RowPage): string {
  return digestOf([...page.rows.map(lineOf), ...page.unreadable.map(({ id }) => `?${id}`)]);
}

/** Of the same page, from what was handled: empty while a row of it is not. An older row of a thread is handled with its newest. */
export function handledDigest(page: RowPage, seenThreads: SeenThreads): string {
  const lines: string[] = [];
  for (const row of page.rows) {
    const known = seenThreads.get(row.key);
    if (!known || (known.pending && !awaitsRetry(known))) return '';
    const isOlder = known.at > row.lastActivityAt;
    lines.push(isOlder ? lineOf(row) : rowLine(row.key, known.at, known.count, known.interested === 1, known.look));
  }
  return digestOf([...lines, ...page.unreadable.map(({ id }) => `?${id}`)]);
}

export const readInterestedDigest = (page: RowPage) =>
  digestOf([...page.rows.map(({ key }) => key), ...page.unreadable.map(({ id }) => `?${id}`)]);

/** As {@link readInterestedDigest}, but empty while a thread listed as interested has no watermark and is not opened by itself. */
export const handledInterestedDigest = (
  page: RowPage,
  seenThreads: SeenThreads,
  interestWatermarks: InterestWatermarks,
) =>
  page.rows.every(({ key }) => interestWatermarks.get(key) || awaitsRetry(seenThreads.get(key)))
    ? readInterestedDigest(page)
    : '';

const listedLine = (key: string, at: Instant, count: number) => rowLine(key, at, count, true);

/** Of the rows of the whole interested list, as read. */
export const readInterestedScanDigest = (rows: Iterable<Thread>) =>
  digestOf([...rows].map((row) => listedLine(row.key, row.lastActivityAt, countOf(row))));

/** As {@link readInterestedScanDigest}, but from what was handled where the thread is seen, and empty while a row of it is not. */
export function handledInterestedScanDigest(
  rows: Iterable<Thread>,
  seenThreads: SeenThreads,
  interestWatermarks: InterestWatermarks,
): string {
  const lines: string[] = [];
  for (const row of rows) {
    const known = seenThreads.get(row.key);
    if (!awaitsRetry(known) && (!interestWatermarks.get(row.key) || known?.pending)) return '';
    lines.push(listedLine(row.key, known?.at ?? row.lastActivityAt, known?.count ?? countOf(row)));
  }
  return digestOf(lines);
}
