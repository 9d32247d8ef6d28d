import type { Fault } from '../mutation/loader.ts';

/** A fault planted in the engine, and the check that must notice it. */
export interface Mutant extends Fault {
  /** Starts the name of one rule. */
  readonly caughtBy: string;
  /** The simulation notices it too, within {@link SEEDS_TRIED} seeds of {@link DAYS_SIMULATED} days. */
  readonly simulated?: true;
}

export const SEEDS_TRIED = 8;
export const DAYS_SIMULATED = 2;

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'no overlap: the floor is the newest row',
    file: 'polling/context.ts',
    find: 'limits.lateMs + limits.slackMs',
    replace: '0 * limits.lateMs',
    caughtBy: 'P2 a first message that was late',
    simulated: true,
  },
  {
    name: 'ledger saved before the events',
    file: 'polling/open.ts',
    find: '    const { thread, content } = await fetchContent(context, row);\n    for (',
    replace:
      '    const { thread, content } = await fetchContent(context, row);\n    context.ledger.set(row.key, { ...rowOf(row), openedAt: context.now });\n    await context.ledger.save();\n    for (',
    caughtBy: 'P3 a crash at any put',
  },
  {
    name: 'head saved before the events',
    file: 'polling/poll-feed.ts',
    find: '  const scan = await scanWindow(context, head, pages);',
    replace:
      '  const scan = await scanWindow(context, head, pages);\n  const digest = readDigest(pages.first);\n  const early = { ...head, digest, interestedDigest: readInterestedDigest(pages.interested), interestedTotal: pages.interested.total };\n  await saveHead(job, early, stored);\n  stored = { head: early, version: stored.version + 1 };',
    caughtBy: 'P3 a crash at any put',
  },
  {
    name: 'a refused received skips interested',
    file: 'polling/open.ts',
    find: "    else await tell(context, { type: 'reply.received', thread, content, message });",
    replace:
      "    else if (!(await tell(context, { type: 'reply.received', thread, content, message }))) context.covers.set(thread.key, [message.sentAt, message.id]);",
    caughtBy: 'P3 a crash at any put',
    simulated: true,
  },
  {
    name: 'random event ids',
    file: 'events/event.ts',
    find: 'hash.subarray(0, ID_BYTES)',
    replace: 'hash.subarray(0, ID_BYTES).map(() => Math.random() * 256)',
    caughtBy: 'P3 a crash at any put',
    simulated: true,
  },
  {
    name: 'an event that is there already is written over',
    file: 'events/recorder.ts',
    find: 'recordedAt: at }, 0);',
    replace: 'recordedAt: at }, (await store.get(eventAddress(id)))?.version ?? 0);',
    caughtBy: 'P6 two pollers',
  },
  {
    name: "page 1's digest from rows as read",
    file: 'polling/next-head.ts',
    find: "resume || hasPending(context) ? '' : handledDigest(pages.first, context.ledger)",
    replace:
      "resume ? '' : handledDigest(pages.first, { get: (key: string) => pages.first.rows.filter((row) => row.key === key).map((row) => ({ at: row.lastActivityAt, count: row.messageCount ?? -1, interested: row.interested ? 1 : 0 }))[0] } as never)",
    caughtBy: 'P1 an opening that failed',
  },
  {
    name: 'a failed opening is forgotten',
    file: 'polling/handle-rows.ts',
    find: '  if (known.pending) return true;',
    replace: '',
    caughtBy: 'P1 an opening that failed',
  },
  {
    name: 'idle without reaching below the floor',
    file: 'polling/poll-feed.ts',
    find: 'reachesBelow(pages.first, head) &&',
    replace: '',
    caughtBy: 'P2 a late message on page 2',
  },
  {
    name: 'no settle reading',
    file: 'polling/handle-rows.ts',
    find: '  if (!isSettled(known, context) && settlesAt(known, context) <= context.now) return true;',
    replace: '',
    caughtBy: 'P2 a late message behind an unchanged row',
    simulated: true,
  },
  {
    name: 'idle until something changes, whatever has to settle',
    file: 'polling/poll-feed.ts',
    find: 'now < (head.wakeAt ?? Number.POSITIVE_INFINITY) &&',
    replace: '',
    caughtBy: 'P2 a late message behind an unchanged row',
  },
  {
    name: 'a count that stands still settles a thread',
    file: 'polling/settling.ts',
    find: '  row.openedAt === 0 || row.openedAt >= row.at + settleSpan(limits);',
    replace: '  row.count >= 0 || row.openedAt === 0 || row.openedAt >= row.at + settleSpan(limits);',
    caughtBy: 'P12 a count is a hint',
  },
  {
    name: 'no daily reading',
    file: 'polling/poll-feed.ts',
    find: 'context.now >= head.deepAt + context.limits.deepMs && !failure',
    replace: 'false && !failure',
    caughtBy: 'P2 a message later than promised',
  },
  {
    name: 'covers as a plain set',
    file: 'polling/open.ts',
    find: '  if (cover && !isNewer(newest, cover)) return;',
    replace: '  if (cover) return;',
    caughtBy: 'P4 each newest message',
    simulated: true,
  },
  {
    name: 'a newer message without a label leaves its cover',
    file: 'polling/open.ts',
    find: '    covers.delete(thread.key);\n    return;',
    replace: '    return;',
    caughtBy: 'P4 a message that came while unlabelled',
    simulated: true,
  },
  {
    name: 'late labels of listed threads are not looked for',
    file: 'polling/handle-rows.ts',
    find: 'if (context.covers.get(row.key) && !moved) continue;',
    replace: 'continue;',
    caughtBy: 'P4 a label deep in the list',
    simulated: true,
  },
  {
    name: 'no tail reading',
    file: 'polling/poll-feed.ts',
    find: '  now >= head.tailAt + tailInterval(',
    replace: '  now < 0 * tailInterval(',
    caughtBy: 'P4 a label deep in the list',
  },
  {
    name: 'the whole interested list is remembered as read',
    file: 'polling/next-head.ts',
    find: "settled && tail?.complete ? handledTailDigest(tail.rows, ledger, covers) : ''",
    replace:
      "settled && tail && tail.rows.length > 0 ? handledTailDigest(tail.rows, { get: () => undefined } as never, { get: () => [0, ''] } as never) : ''",
    caughtBy: 'P4 more late labels',
  },
  {
    name: 'the whole interested list stays remembered while the state changes',
    file: 'polling/next-head.ts',
    find: "...(tailDigest === '' ? {} : { tailDigest }),",
    replace: '...{ tailDigest: tailDigest || head.tailDigest },',
    caughtBy: 'P4 the whole list is held',
  },
  {
    name: 'a tail reading does not compare',
    file: 'polling/poll-feed.ts',
    find: ' && head.tailDigest === readTailDigest(union.rows.values())',
    replace: '',
    caughtBy: 'P4 a label deep in the list',
  },
  {
    name: 'the baseline covers a row up to its own time',
    file: 'polling/baseline.ts',
    find: 'row.lastActivityAt + ROUNDED_MS',
    replace: 'row.lastActivityAt',
    caughtBy: 'P4 what is interested at the baseline',
  },
  {
    name: 'the baseline takes everything it sees',
    file: 'polling/baseline.ts',
    find: 'content.messages.filter(({ sentAt }) => sentAt <= context.on)',
    replace: 'content.messages',
    caughtBy: 'P5 mail that comes',
  },
  {
    name: 'the baseline takes only what is older than the moment of switching on',
    file: 'polling/baseline.ts',
    find: 'sentAt <= context.on)',
    replace: 'sentAt < context.on)',
    caughtBy: 'P5 mail that comes',
  },
  {
    name: 'the baseline writes its head, not its covers',
    file: 'polling/baseline.ts',
    find: '    await saveState(context);\n    const newest',
    replace: '    const newest',
    caughtBy: 'P6 a crash at any put',
  },
  {
    name: 'the head before the state of a baseline',
    file: 'polling/baseline.ts',
    find: '  try {\n    const { scan, listed }',
    replace:
      "  try {\n    await saveHead(job, { floor: job.on, digest: '', interestedDigest: '', tailAt: now, deepAt: now }, undefined);\n    const { scan, listed }",
    caughtBy: 'P6 a crash at any put',
  },
  {
    name: 'a new feed starts from its discovery',
    file: 'polling/poller.ts',
    find: 'this.#job(feed, on)',
    replace: 'this.#job(feed, this.#ports.clock.now())',
    caughtBy: "P7 a new campaign's first replies",
  },
  {
    name: 'a row of the future is not opened again',
    file: 'polling/handle-rows.ts',
    find: 'return tailDue && row.lastActivityAt > context.now;',
    replace: 'return false;',
    caughtBy: "P8 a lead's clock",
  },
  {
    name: 'the floor follows the newest row alone',
    file: 'polling/next-head.ts',
    find: '(newest === undefined ? head.floor : Math.min(context.now, newest) - settleSpan(context.limits))',
    replace: '(newest === undefined ? head.floor : newest - settleSpan(context.limits))',
    caughtBy: "P8 a lead's clock",
  },
  {
    name: 'the later of two Dates is believed',
    file: 'polling/context.ts',
    find: 'Math.min(...dates)',
    replace: 'Math.max(...dates)',
    caughtBy: 'P8 one wrong Date',
  },
  {
    name: 'messages keyed by their id alone',
    file: 'polling/open.ts',
    find: 'eventId(type, context.polled.id, thread.key, message.id)',
    replace: 'eventId(type, context.polled.id, message.id)',
    caughtBy: 'P9 one mail in two threads',
  },
  {
    name: 'shuffled ties are read once',
    file: 'polling/scan.ts',
    find: '    for (const at of scan.shuffled) await completeMoment(context, read, scan, at);',
    replace: '',
    caughtBy: 'P10 a group of equal times',
  },
  {
    name: 'pages that only half join are trusted',
    file: 'polling/walk.ts',
    find: 'loose: next.offset + next.received > end && !agree(page, next)',
    replace: 'loose: false',
    caughtBy: 'P10 a group of equal times',
  },
  {
    name: 'no resume point',
    file: 'polling/next-head.ts',
    find: '  if (at === undefined && scan.complete) return undefined;',
    replace: '  return undefined;',
    caughtBy: 'P11 a backlog',
  },
  {
    name: 'a changed total of the interested list is ignored',
    file: 'polling/poll-feed.ts',
    find: '    head.interestedTotal === pages.interested.total &&\n',
    replace: '',
    caughtBy: 'P12 a filtered total that changed',
  },
  {
    name: "a total is compared with our own set's size",
    file: 'polling/next-head.ts',
    find: 'const total = tail?.complete ? tail.total : head.interestedTotal;',
    replace: 'const total = [...context.covers.entries()].length;',
    caughtBy: 'P12 a total that our set cannot reach',
  },
  {
    name: 'time alone says what is newer',
    file: 'polling/state.ts',
    find: 'compare([message.sentAt, message.id], cover) > 0',
    replace: 'message.sentAt > cover[0]',
    caughtBy: 'P13 of equal times',
  },
  {
    name: 'of equal times the least id is newest',
    file: 'polling/state.ts',
    find: '(left[1] < right[1] ? -1 : left[1] > right[1] ? 1 : 0)',
    replace: '(left[1] < right[1] ? 1 : left[1] > right[1] ? -1 : 0)',
    caughtBy: 'P13 of equal times',
  },
  {
    name: 'the order of a list is trusted',
    file: 'polling/walk.ts',
    find: '(row, index) => row.lastActivityAt > (',
    replace: '(row, index) => false && row.lastActivityAt > (',
    caughtBy: 'P14 a list in another order',
  },
  {
    name: 'an unordered list is read down to the floor only',
    file: 'polling/scan.ts',
    find: '      if (reached && !options.unordered) return scan;',
    replace: '      if (reached) return scan;',
    caughtBy: 'P14 a list in another order',
  },
  {
    name: 'pages that do not join are not read again',
    file: 'polling/walk.ts',
    find: 'while (page.offset > 0 && !joins(page)) {',
    replace: 'while (page.offset < 0 && !joins(page)) {',
    caughtBy: 'P11 rows that leave',
  },
  {
    name: 'pages do not overlap',
    file: 'polling/walk.ts',
    find: '  const end = page.offset + page.received;\n  if (unordered) {',
    replace:
      '  const end = page.offset + page.received;\n  if (end >= 0) return { page: await read(end), loose: false };\n  if (unordered) {',
    caughtBy: 'P11 rows that leave',
  },
];
