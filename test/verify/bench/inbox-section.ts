import { type InboxCase, type InboxResult, steadyHours } from './big-inbox.ts';
import { ASKED } from './inbox-vendor.ts';
import { count, figure, met, table } from './report.ts';
import type { Judged } from './told.ts';

const MINUTE = 60_000;
/** Of the time from visible to told: as many intervals. */
const INTERVALS_MAX = 2;

export const inboxName = ({ threads, order, interested }: InboxCase) =>
  `${count(threads)} threads, ${order}, ${count(interested)} interested`;

export const callsAnHour = ({ asked }: InboxResult) => ASKED.reduce((sum, kind) => sum + asked[kind], 0);

/** Every reply told, once, and nothing else; most of them in time. */
export function isInboxMet(result: InboxResult): boolean {
  const { order, replies, interest, twice, spurious, errors, intervalMs, passMs } = result;
  const isExact = replies.told === replies.due && interest.told === interest.due && twice === 0 && spurious === 0;
  const beyond = order === 'never ordered' ? (passMs?.longest ?? 0) : 0;
  return isExact && Object.keys(errors).length === 0 && replies.p95Ms <= beyond + INTERVALS_MAX * intervalMs;
}

export const minutes = (ms: number) => (Number.isFinite(ms) ? figure(ms / MINUTE, 1) : 'never');
export const toldOfDue = ({ told, due }: Judged) => `${count(told)} / ${count(due)}`;

/** An hour: for want of calls, or with an error of ours. */
const pollsCutShort = ({ failedPolls, errors, hours }: InboxResult) =>
  Object.values(errors).reduce((sum, times) => sum + times, failedPolls) / hours;

function row(result: InboxResult): readonly string[] {
  const { baselineHours, intervalMs, replies, interest, twice, spurious, passMs, unseenMs } = result;
  return [
    inboxName(result),
    baselineHours === undefined ? 'never' : figure(baselineHours, 1),
    minutes(intervalMs),
    `${minutes(replies.p50Ms)} / ${minutes(replies.p95Ms)}`,
    toldOfDue(replies),
    minutes(interest.p95Ms),
    toldOfDue(interest),
    count(twice + spurious),
    passMs ? `${minutes(passMs.median)} / ${minutes(passMs.longest)}` : '',
    met(isInboxMet(result)),
    count(callsAnHour(result)),
    figure(pollsCutShort(result), 1),
    minutes(unseenMs),
    count(result.largestBytes),
    count(result.databaseBytes),
  ];
}

const HEAD = [
  'Workspace',
  'Baseline, h',
  'Interval',
  'Reply told after, p50 / p95',
  'Told / due',
  'Interest told after, p95',
  'Told / due',
  'Twice, or never due',
  'One pass, median / longest',
  'Target',
  'Calls an hour',
  'Polls cut short an hour',
  'Longest without a look',
  'Largest document, bytes',
  'Database, bytes',
] as const;

export function inboxSection(results: readonly InboxResult[]): string {
  const { hours = 0 } = results[0] ?? {};
  return `One ColdSend workspace each, for ${count(hours)} virtual hours, polled by the real poller when it asks to be, with polling's 600 of the 1,000 calls
an hour; the vendor answers at once and counts calls. From the first poll on 4 replies an hour arrive at any moment, 6 of 10 of them in old
threads however deep. Some are labelled interested hours later, and so are old threads in which nobody wrote. Every reply and label is held
against the events in the store, by name; if any was not told in the end, it is late for ever. Times are minutes, where nothing else is said.

- *One swapped pair*: after two hours, in one single answer with the first page, two rows stand the wrong way round. *Never ordered*: the list
  is sorted by id.
- *One pass*: from one end of the whole list to the next. It, the interval, the calls, and the longest time in which nobody looked at the top of
  the list are of the last ${count(steadyHours(hours))} hours. *Cut short*: a poll that had no calls left.
- Target: all told, once, and p95 of the replies within ${INTERVALS_MAX} intervals; of a list that is never ordered, within its longest pass and ${INTERVALS_MAX} intervals.

${table(HEAD, results.map(row))}`;
}
