import type { AnswerView, FindingView } from '../../api/shapes.ts';
import { isNamedByUs } from '../../fingerprint.ts';
import { cameAt, type Instant, type Message, type Thread } from '../../model.ts';
import type { RowPage, ThreadContent } from '../../provider.ts';
import { plural, spanText } from './checks.ts';
import { zoneAheadMs } from './zone.ts';

/** What one look at a vendor brought. Lists from their first page on, as far as they were read. */
export interface Looked {
  /** Absent where it was refused. */
  readonly key?: { readonly warning?: string };
  readonly all: readonly RowPage[];
  readonly interested: readonly RowPage[];
  /** Of a page; 0 where the vendor decides. */
  readonly rowsWanted: number;
  readonly opened: readonly { readonly row: Thread; readonly first: ThreadContent; readonly again: ThreadContent }[];
  readonly answers: readonly AnswerView[];
  readonly hasLabels: boolean;
  readonly confirmedSends: number;
  readonly now: Instant;
}

type Verdict = Pick<FindingView, 'seen' | 'state' | 'follows'>;

const asAssumed = (seen: string, follows: string): Verdict => ({ state: 'as-assumed', seen, follows });
const otherwise = (seen: string, follows: string): Verdict => ({ state: 'otherwise', seen, follows });
const notSeen = (seen: string, follows: string): Verdict => ({ state: 'not-seen', seen, follows });

/** A time later than the vendor's own clock by more than this is no delay of a network. */
const AHEAD_MS = 60_000;

const rowsOf = (pages: readonly RowPage[]): readonly Thread[] => pages.flatMap(({ rows }) => rows);
const messagesOf = ({ opened }: Looked): readonly Message[] => opened.flatMap(({ first }) => first.messages);

function key({ key: checked }: Looked): Verdict {
  if (!checked) return notSeen('it was refused', 'Nothing can be read with it.');
  if (checked.warning !== undefined) return otherwise('it is accepted, and shows nothing to read', checked.warning);
  return asAssumed('it is accepted', 'What it may read is read.');
}

function order(pages: readonly RowPage[]): Verdict {
  const times = rowsOf(pages).map(({ lastActivityAt }) => lastActivityAt);
  const wrong = times.filter((at, index) => index > 0 && at > (times[index - 1] ?? at)).length;
  const read = `${plural(times.length, 'row')} on ${plural(pages.length, 'page')}`;
  if (times.length < 2) return notSeen(read, 'It is judged anew at each poll.');
  if (wrong === 0) return asAssumed(`${read}, all in order`, 'What is new stands on the first page.');
  const follows = 'The list is read whole again and again, a slice a poll, so replies below its first page come later.';
  return otherwise(`${read}, of which ${wrong} stand below an older one`, follows);
}

function pageSize({ all, rowsWanted }: Looked): Verdict {
  const sizes = all.map(({ received }) => received);
  const [first = 0, second = 0] = sizes;
  const seen = `${sizes.join(', ')} rows on ${plural(sizes.length, 'page')}`;
  if (second === 0) return notSeen(seen, 'There is no second page to compare with.');
  if (rowsWanted > 0 && first < rowsWanted)
    return otherwise(`${seen}, though ${rowsWanted} were asked for`, 'Readings take more calls; none ends early.');
  return asAssumed(seen, 'A short page ends a list.');
}

function positions({ all }: Looked): Verdict {
  const [first, second] = all.map(({ rows }) => rows.map(({ key }) => key));
  if (!first || !second || second.length === 0) return notSeen('no second page', 'It shows once the list is longer.');
  const repeated = second.filter((key) => first.includes(key)).length;
  if (repeated === 0) return asAssumed('the second page goes on where the first one ends', 'Readings go on by slices.');
  if (repeated === second.length)
    return otherwise(
      'the second page repeats the first',
      'Only the first page can be read; older replies are not seen.',
    );
  return otherwise(
    `${plural(repeated, 'row')} of the first page came again on the second`,
    'Pages overlap, or rows moved meanwhile; readings step over what they know.',
  );
}

function totals({ all }: Looked): Verdict {
  const total = all[0]?.total;
  const read = all.reduce((sum, { received }) => sum + received, 0);
  if (total === undefined) return notSeen('no total', 'A list ends with a short or empty page.');
  const isAtEnd = all.at(-1)?.next === undefined;
  if (read > total || (isAtEnd && read < total))
    return otherwise(`a total of ${total}, and ${plural(read, 'row')}`, 'Totals are hints and end nothing early.');
  return asAssumed(`a total of ${total}, ${plural(read, 'row')} read`, 'A changed total starts a reading.');
}

function filter({ interested }: Looked): Verdict {
  const rows = rowsOf(interested);
  const strangers = rows.filter((row) => !row.interested).length;
  if (rows.length === 0) return notSeen('no interested thread', 'It shows with the first one.');
  if (strangers > 0) {
    const seen = `${strangers} of ${plural(rows.length, 'row')} are not labelled interested`;
    return otherwise(seen, 'Rows are judged by their own label.');
  }
  return asAssumed(`${plural(rows.length, 'row')}, all labelled interested`, 'Late labels are found by this list.');
}

function spellings({ all, interested, hasLabels }: Looked): Verdict {
  if (!hasLabels) return notSeen('no labels beyond interested or not', 'Nothing depends on spelling.');
  const words = new Set(rowsOf([...all, ...interested]).flatMap(({ intent }) => intent ?? []));
  const bare = (word: string) =>
    word
      .trim()
      .toLowerCase()
      .replace(/[\s-]+/g, '_');
  const labels = new Set([...words].map(bare));
  const seen = `${plural(labels.size, 'label')} in ${plural(words.size, 'spelling')}`;
  if (labels.size === 0) return notSeen(seen, 'They are learned from rows.');
  const isDocumented = [...words].every((word) => word === bare(word));
  if (isDocumented) return asAssumed(seen, 'The filter finds what rows show.');
  return otherwise(`${seen}, not all lower case with "_"`, 'The filter sends the spelling that rows show.');
}

function times({ answers }: Looked): Verdict {
  const forms = new Set(answers.flatMap(({ fields }) => fields.flatMap(({ types }) => Object.keys(types))));
  const told = ['time with a zone', 'time without a zone', 'number like milliseconds', 'number like seconds'];
  const found = told.filter((form) => forms.has(form));
  const seen = found.length > 0 ? found.join(', ') : 'no time';
  if (found.length === 0) return notSeen(seen, 'It shows with the first thread.');
  if (forms.has('time without a zone'))
    return otherwise(seen, 'They are read as UTC; if they are local, replies keep their order and show another hour.');
  return asAssumed(seen, 'Each is read as what it says.');
}

/** By how much a thread's newest received message is later than its row says. */
function standsBehindMs({ row, first }: Looked['opened'][number]): number {
  const received = first.messages.filter(({ direction }) => direction === 'inbound').map(cameAt);
  const isJudged = row.changeHint === undefined && zoneAheadMs(row, first) === 0;
  return isJudged && received.length > 0 ? Math.max(...received) - row.lastActivityAt : 0;
}

function rowTimes({ opened }: Looked): Verdict {
  const read = plural(opened.length, 'thread');
  const later = opened.map(standsBehindMs).filter((ms) => ms > AHEAD_MS);
  if (opened.length === 0) return notSeen(read, 'It shows with the first thread.');
  if (later.length === 0) return asAssumed(`${read}, none newer than its row`, 'A new reply moves its row.');
  return otherwise(
    `in ${later.length} of ${read} the newest message is later than its row, by up to ${spanText(Math.max(...later))}`,
    'A reply is told when anything else of its row changes; else by the daily reading of the newest threads.',
  );
}

function clocks(looked: Looked): Verdict {
  const date = looked.all[0]?.date;
  if (date === undefined) return notSeen('no Date header', 'The clock here is used, for waits alone.');
  const zones = looked.opened.map(({ row, first }) => zoneAheadMs(row, first)).filter((ms) => ms !== 0);
  if (zones.length > 0) {
    const [zone = 0] = zones;
    const seen = `in ${zones.length} of ${plural(looked.opened.length, 'thread')} times are ${spanText(Math.abs(zone))} ${zone > 0 ? 'ahead of' : 'behind'} those of the list`;
    return otherwise(seen, 'Replies are told by the times of the list; ask the vendor in which zone it writes them.');
  }
  const here = `the clock here is ${spanText(Math.abs(looked.now - date))} off`;
  const newest = Math.max(
    ...rowsOf(looked.all).map(({ lastActivityAt }) => lastActivityAt),
    ...messagesOf(looked).map(({ sentAt }) => sentAt),
  );
  if (newest > date + AHEAD_MS) {
    const seen = `a message is ${spanText(newest - date)} ahead of the vendor's Date; ${here}`;
    return otherwise(seen, 'What was told is known by message times and ids, so nothing is lost; spans shown are off.');
  }
  return asAssumed(`no message is ahead of the vendor's Date; ${here}`, 'No decision rests on a clock.');
}

function ids(looked: Looked): Verdict {
  const messages = messagesOf(looked);
  const bare = messages.filter(isNamedByUs).length;
  const moved = looked.opened.filter(({ first, again }) => {
    const kept = new Set(again.messages.map(({ id }) => id));
    return first.messages.some(({ id }) => !kept.has(id));
  }).length;
  const read = plural(messages.length, 'message');
  if (messages.length === 0) return notSeen(read, 'It shows with the first thread.');
  if (moved > 0) {
    const seen = `in ${moved} of ${plural(looked.opened.length, 'thread')} ids were others when read again`;
    return otherwise(seen, 'Replies could be recorded twice; ask the vendor.');
  }
  if (bare > 0)
    return otherwise(`${bare} of ${read} without one`, 'Those are named by sender, time, subject and words.');
  return asAssumed(`${read}, each with one, the same when read again`, 'They name what was recorded.');
}

function direction({ opened }: Looked): Verdict {
  const silent = opened.filter(({ first }) => first.messages.every((one) => one.direction === 'outbound')).length;
  const messages = opened.flatMap(({ first }) => first.messages);
  const inbound = messages.filter((one) => one.direction === 'inbound').length;
  const seen = `${inbound} received, ${messages.length - inbound} sent, in ${plural(opened.length, 'thread')}`;
  if (opened.length === 0) return notSeen(seen, 'It shows with the first thread.');
  if (silent > 0)
    return otherwise(`${seen}; ${silent} hold nothing received`, 'A reply taken for our own would not be told: look.');
  return asAssumed(seen, 'What was received is told, what was sent is not.');
}

function readable({ all, interested, opened }: Looked): Verdict {
  const namesOf = (pages: readonly Pick<RowPage, 'unreadable'>[]) =>
    new Set(pages.flatMap(({ unreadable }) => unreadable.map(({ id }) => id))).size;
  const rows = namesOf([...all, ...interested]);
  const messages = namesOf(opened.map(({ first }) => first));
  const seen = `${plural(rows, 'row')} and ${plural(messages, 'message')} that cannot be read`;
  if (all.every(({ received }) => received === 0)) return notSeen('no row', 'It shows with the first thread.');
  if (rows + messages > 0) return otherwise(seen, 'Each is told as reply.unreadable; the report names the fields.');
  return asAssumed('every row and message can be read', 'Nothing is set aside.');
}

function wrapping({ answers }: Looked): Verdict {
  const wraps = answers.flatMap(({ operation, fields }) => {
    const root = fields.find(({ path }) => path === 'answer');
    if (!root) return [];
    const list = fields.find(({ path }) => path.endsWith('[]'))?.path.slice(0, -2);
    return [`${operation}: ${list === 'answer' ? 'a bare list' : (list ?? Object.keys(root.types).join(', '))}`];
  });
  return wraps.length === 0
    ? notSeen('no answer', 'Nothing was read.')
    : asAssumed(wraps.join('; '), 'Lists are found where they lie.');
}

function pace({ answers }: Looked): Verdict {
  const names = [...new Set(answers.flatMap(({ headers }) => headers))].filter((name) => name.includes('limit'));
  if (names.length === 0) return notSeen('no rate headers', 'The documented budget is kept by counting.');
  return asAssumed(names.join(', '), 'They correct the count.');
}

function ownMail({ confirmedSends }: Looked): Verdict {
  if (confirmedSends === 0) return notSeen('no confirmed send yet', 'It shows with the first reply sent from here.');
  return asAssumed(`${plural(confirmedSends, 'send')} found in their conversations`, 'Sends are confirmed by reading.');
}

const ASSUMED: readonly (readonly [subject: string, assumed: string, judge: (looked: Looked) => Verdict])[] = [
  ['key', 'it is accepted, and shows campaigns', key],
  ['order of all replies', 'newest activity first', ({ all }) => order(all)],
  ['order of the interested list', 'newest activity first', ({ interested }) => order(interested)],
  ['page size', 'pages of one size, as many rows as asked for', pageSize],
  ['pages', 'each page goes on where the one before ended', positions],
  ['totals', 'where there is one, it counts the rows', totals],
  ['interested filter', 'gives threads labelled interested', filter],
  ['labels', 'written in lower case with "_"', spellings],
  ['times', 'with a zone, or numbers', times],
  ['row times', 'as late as the newest message', rowTimes],
  ['clocks', "no message is later than the vendor's Date", clocks],
  ['message ids', 'every message has one that stays', ids],
  ['direction', 'each listed thread holds a received message', direction],
  ['readable', 'rows and messages have the fields that matter', readable],
  ['wrapping', 'a list, bare or under a usual name', wrapping],
  ['rate headers', 'may say what is left of the budget', pace],
  ['mail sent from here', 'appears in its conversation', ownMail],
];

/** Every assumption, held against what was seen. No value of the vendor's stands in it. */
export const findingsOf = (looked: Looked): FindingView[] =>
  ASSUMED.map(([subject, assumed, judge]) => ({ subject, assumed, ...judge(looked) }));
