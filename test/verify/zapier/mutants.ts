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

const CLAIM =
  'if (found) await memory.claim(name, packed(found));\n  else if (isFirst) await memory.claim(name, packed(given));';

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
    find: 'PRIMING_MS = WINDOW_MS + 3_600_000',
    replace: 'PRIMING_MS = 3_600_000',
    finding: 'old: new_reply',
    seed: 8,
  },
  {
    name: 'only the first page is read',
    file: at('new-reply'),
    find: 'page.every(isOld) || (isNewestFirst(page) && page.slice(-1).every(isOld));',
    replace: 'page.length > 0;',
    finding: 'lost: new_reply',
    seed: 5,
    isSlow: true,
  },
  {
    name: 'a list is read once when a Zap is switched on',
    file: at('lists'),
    find: 'await settled(poll, scope, { isEnough, pagesMax, asksAgain: true }, mayEnd)',
    replace: '{ ...(await walk(poll, scope, { isEnough, pagesMax })), isSettled: true }',
    finding: 'old: new_',
    seed: 31,
    isSlow: true,
  },
  {
    name: 'a list is read once when the vendor is slow',
    file: at('lists'),
    find: 'if (deadline.leftMs() < BEGIN_MS || (isShort && readings > 1))',
    replace: 'if (isShort) return { ...found, isSettled: true };\n    if (false)',
    finding: 'old: new_reply',
    seed: 97,
    isSlow: true,
  },
  {
    name: 'switching on trusts what a thread showed before late mail came',
    file: at('openings'),
    find: "      mode === 'priming' &&",
    replace: '      false &&',
    finding: 'old: new_reply',
    seed: 3,
    isSlow: true,
  },
  {
    name: 'a thread is opened once for ever',
    file: at('openings'),
    find: 'if (!isSame) return true;',
    replace: '',
    finding: 'lost: new_reply',
    seed: 6,
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
    find: '    else if (before?.opened)',
    replace: "    else if (before?.opened && row.key === '')",
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
    name: 'a list that could not be read counts as read',
    file: at('lists'),
    find: 'if (missing.length > 0) throw',
    replace: 'if (missing.length > scopes.length) throw',
    finding: 'old: new_',
    seed: 31,
    isSlow: true,
  },
  {
    name: 'polls go on with what they knew before another Zap was switched on',
    file: at('lists'),
    find: '  await refresh(poll, reading, read);\n',
    replace: '',
    finding: 'old: new_reply',
    seed: 59,
  },
  {
    name: 'the end of the interested list is never read',
    file: at('new-labelled-reply'),
    find: 'now - depthOf(scope).wholeAt >= interestedScanMs',
    replace: 'depthOf(scope).wholeAt === -1',
    finding: 'lost: new_interested_reply',
    seed: 10,
  },
  {
    name: 'an interested thread is given out in one poll alone',
    file: at('marks'),
    find: 'now - at >= WINDOW_MS;',
    replace: 'now >= at;',
    finding: 'lost: new_interested_reply',
    isSlow: true,
  },
  {
    name: 'switching on forgets what other Zaps are still given',
    file: at('new-labelled-reply'),
    find: 'new Map([...fresh, ...rows]',
    replace: 'new Map([...rows]',
    finding: 'old: new_interested_reply',
    seed: 3,
  },
  {
    name: 'switching on overwrites what other Zaps know',
    file: at('marks'),
    find: CLAIM,
    replace: 'await memory.set(name, packed(given));',
    finding: 'lost: new_interested_reply',
    seed: 7,
    isSlow: true,
  },
  {
    name: 'a thread that lost its label stays told for ever',
    file: at('marks'),
    find: 'at >= began - SEEN_AGAIN_MS',
    replace: 'at >= 0',
    finding: 'lost: new_interested_reply',
    seed: 42,
    isSlow: true,
  },
  {
    name: 'the oldest reply instead of the newest',
    file: at('belonging'),
    find: 'replies.findLast((reply)',
    replace: 'replies.find((reply)',
    finding: 'not the newest reply: new_interested_reply',
    seed: 8,
  },
  {
    name: "the editor's test counts as given",
    file: at('new-labelled-reply'),
    find: "if (mode === 'sample') return await samples(hunt, filter);",
    replace:
      "if (mode === 'sample') {\n    const { threads } = await poll.connection.threads.list({ interested: true });\n    await keepMarks(poll, hunt.name, NO_MARKS, { ...NO_MARKS, polledAt: now, old: Object.fromEntries(threads.map(({ key }) => [markOf(key), now])) });\n    return await samples(hunt, filter);\n  }",
    finding: 'lost: new_interested_reply',
    seed: 6,
    isSlow: true,
  },
];
