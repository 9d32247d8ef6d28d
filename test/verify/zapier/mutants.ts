import type { Fault } from '../mutation/loader.ts';

/** A fault planted in the triggers, and what the oracle must call it. */
export interface Mutant extends Fault {
  /** Starts the finding. */
  readonly finding: string;
  /** The first seed that is tried, 1 unless given: a cheap one that shows the fault. */
  readonly seed?: number;
  /** Only tried when the runner is asked for it by name, or for all: `node test/verify/zapier/mutant-run.ts ''`. */
  readonly isSlow?: true;
}

export const SEEDS_TRIED = 2;

const at = (file: string) => `../zapier/triggers/${file}.ts`;

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'a window of half an hour',
    file: at('poll'),
    find: 'WINDOW_MS = 6 * 3_600_000',
    replace: 'WINDOW_MS = 1_800_000',
    finding: 'lost: new_reply',
    seed: 4,
  },
  {
    name: 'switching on looks back an hour',
    file: at('poll'),
    find: 'PRIMING_WINDOWS = 3',
    replace: 'PRIMING_WINDOWS = 1 / 6',
    finding: 'old: new_reply',
    seed: 8,
  },
  {
    name: 'only the first page is read',
    file: at('new-reply'),
    find: '    page.every(isOld) || (isNewestFirst(page) && page.slice(-1).every(isOld));',
    replace: '    page.length > 0;',
    finding: 'lost: new_reply',
    seed: 5,
    isSlow: true,
  },
  {
    name: 'a list is read once when a Zap is switched on',
    file: at('poll'),
    find: "mode === 'priming' ? await settled(poll, scope, read) : await read(scope)",
    replace: 'await read(scope)',
    finding: 'old: new_',
    seed: 31,
    isSlow: true,
  },
  {
    name: 'a list is read once when the vendor is slow',
    file: at('poll'),
    find: 'if (deadline.leftMs() < OPENING_MS) throw new UserError(TOO_LARGE, 1);',
    replace: 'if (isShort) break;',
    finding: 'old: new_reply',
    seed: 97,
    isSlow: true,
  },
  {
    name: 'switching on trusts what a thread showed before late mail came',
    file: at('openings'),
    find: "mode === 'priming' && before !== undefined &&",
    replace: 'false && before !== undefined &&',
    finding: 'old: new_reply',
    seed: 3,
    isSlow: true,
  },
  {
    name: 'a thread is opened once for ever',
    file: at('openings'),
    find: 'if (seen.lastActivityAt !== row.lastActivityAt || seen.messageCount !== row.messageCount) return true;',
    replace: '',
    finding: 'lost: new_reply',
    seed: 4,
  },
  {
    name: 'a thread is not opened again for late mail',
    file: at('openings'),
    find: 'return openedAt < settled && now >= settled;',
    replace: 'return settled < 0;',
    finding: 'lost: new_reply',
    seed: 9,
  },
  {
    name: 'only what was opened in this poll is given out',
    file: at('openings'),
    find: '    opened.set(row.key, { ...before, row: { ...row, campaign: before.row.campaign } });\n',
    replace: '',
    finding: 'lost: new_reply',
    seed: 4,
  },
  {
    name: 'an id that changes with its thread',
    file: '../zapier/items.ts',
    find: "eventId('reply.received', provider, thread.key, messageId)",
    replace: "eventId('reply.received', provider, thread.key, messageId + thread.lastActivityAt)",
    finding: 'twice: new_reply',
    seed: 8,
  },
  {
    name: 'an id for each reply of an interested thread',
    file: '../zapier/items.ts',
    find: "eventId('reply.interested', provider, thread.key)",
    replace: "eventId('reply.interested', provider, thread.key + thread.lastActivityAt)",
    finding: 'twice: new_interested_reply',
    seed: 8,
  },
  {
    name: 'what was left is passed over up to now',
    file: at('new-reply'),
    find: 'const until = now - BEFORE_MS;',
    replace: 'const until = now + BEFORE_MS;',
    finding: 'lost: new_reply',
    seed: 6,
    isSlow: true,
  },
  {
    name: 'the end of the interested list is never read',
    file: at('new-interested-reply'),
    find: 'now - seen.wholeAt >= poll.connection.feeds.tailMs',
    replace: 'seen.wholeAt === -1',
    finding: 'lost: new_interested_reply',
    seed: 10,
  },
  {
    name: 'an interested thread is given out in one poll alone',
    file: at('new-interested-reply'),
    find: '.filter(([, at]) => now - at < WINDOW_MS)',
    replace: '.filter(([, at]) => now < at)',
    finding: 'lost: new_interested_reply',
    isSlow: true,
  },
  {
    name: 'switching on forgets what other Zaps are still given',
    file: at('new-interested-reply'),
    find: 'new Map([...again.opened.map(({ row }) => row), ...rows]',
    replace: 'new Map([...rows]',
    finding: 'old: new_interested_reply',
    seed: 3,
  },
  {
    name: 'switching on overwrites what other Zaps know',
    file: at('new-interested-reply'),
    find: 'await poll.memory.claim(seenKey(filter), known);',
    replace: 'await poll.memory.set(seenKey(filter), known);',
    finding: 'lost: new_interested_reply',
    seed: 4,
    isSlow: true,
  },
  {
    name: 'the oldest reply instead of the newest',
    file: at('new-interested-reply'),
    find: 'const reply = replies.at(-1);',
    replace: 'const reply = replies.at(0);',
    finding: 'not the newest reply: new_interested_reply',
    seed: 8,
  },
  {
    name: "the editor's test counts as given",
    file: at('new-interested-reply'),
    find: "const { rows } = await interestedRows(poll, filter, 'sample', () => true);",
    replace:
      "const { rows } = await interestedRows(poll, filter, 'sample', () => true);\n  await poll.memory.set(seenKey(filter), { wholeAt: poll.clock.now(), old: rows.map(({ key }) => markOf(key)), fresh: {} });",
    finding: 'lost: new_interested_reply',
    seed: 6,
    isSlow: true,
  },
];
