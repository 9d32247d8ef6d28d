import type { Fault } from '../mutation/loader.ts';

/** A fault planted in the send protocol, and a part of what the judge must say about it. */
export interface Mutant extends Fault {
  readonly finding: string;
  /** Where the search for a seed that finds it begins. */
  readonly seed?: number;
}

export const SEEDS_TRIED = 30;
export const SENDS_TRIED = 150;

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'what was announced by another is taken for ours',
    file: 'sending/post.ts',
    find: 'return isMine ? now : undefined;',
    replace: 'return isMine || now ? now : undefined;',
    finding: 'was posted',
  },
  {
    name: 'who did not get the announcement posts all the same',
    file: 'sending/post.ts',
    find: '  if (!mine) return;\n',
    replace: '  if (!mine) return void (await prepared.post().catch(() => {}));\n',
    finding: 'was posted',
  },
  {
    name: 'an unknown outcome counts as not sent',
    file: 'sending/post.ts',
    find: "if (failure?.kind === 'unavailable' && !failure.mayHaveHappened)",
    replace: "if (failure?.kind === 'unavailable')",
    finding: 'times',
  },
  {
    name: 'an unknown outcome counts as refused',
    file: 'sending/post.ts',
    find: 'if (failure && !isPassing(failure)) {\n    if (canWaitFor',
    replace: 'if (failure) {\n    if (isByMachine(send) && canWaitFor',
    finding: 'was called not sent and had left',
  },
  {
    name: 'an announced post that nobody ended is begun again',
    file: 'sending/table.ts',
    find: "overdue: ['uncertain', 'verify'],",
    replace: "overdue: ['waiting', 'wait'],",
    finding: 'times',
  },
  {
    name: 'no look at the clock before the post',
    file: 'sending/post.ts',
    find: '  if (ports.clock.now() >= postBefore)\n    return await record(ports, mine',
    replace: '  if (ports.clock.now() < 0)\n    return await record(ports, mine',
    finding: 'was posted while it was',
    seed: 8,
  },
  {
    name: 'sent again by itself when it was not found',
    file: 'sending/table.ts',
    find: "unverified: ['needs_decision', 'emit'],",
    replace: "unverified: ['waiting', 'wait'],",
    finding: 'times',
  },
  {
    name: 'not finding it once proves that nothing left',
    file: 'sending/table.ts',
    find: "'not-seen': ['uncertain', 'verify'],",
    replace: "'not-seen': ['waiting', 'wait'],",
    finding: 'times',
  },
  {
    name: 'no look into the conversation before it is posted again',
    file: 'sending/guards.ts',
    find: '  if (!from) return undefined;\n',
    replace: '  if (!from || send.attempt >= 0) return undefined;\n',
    finding: 'was posted although it could be seen',
    seed: 120,
  },
  {
    name: 'the conversation is not acquired',
    file: 'sending/conversation.ts',
    find: "if (others[0] !== undefined) return { kind: 'busy', holder: others[0] };",
    replace: '',
    finding: 'of its conversation was',
  },
  {
    name: 'any new outgoing mail counts as ours',
    file: 'sending/search.ts',
    find: "if (found.kind === 'same') same.push(message);",
    replace: 'if (found) same.push(message);',
    finding: 'was called sent and never left',
  },
  {
    name: 'marked as told before it is told',
    file: 'sending/run.ts',
    find: '  await emitNotice(ports, send);\n  const given = { ...send, noticesGiven: send.notices };\n  await writeSend(ports.store, given, send.acceptedAt + REDACT_AFTER_MS, version);',
    replace:
      '  const given = { ...send, noticesGiven: send.notices };\n  await writeSend(ports.store, given, send.acceptedAt + REDACT_AFTER_MS, version);\n  await emitNotice(ports, send);',
    finding: 'no person was told',
    seed: 3,
  },
  {
    name: 'looked for without an end',
    file: 'sending/verify.ts',
    find: 'const isLast = send.verifications + 1 >= verificationTimes(ports, send).length;',
    replace: 'const isLast = false;',
    finding: 'uncertain for more than a day',
    seed: 14,
  },
  {
    name: 'never looked for',
    file: 'sending/record.ts',
    find: '  if (after !== undefined) return (send.verifyFrom ?? 0) + after;\n',
    replace: '',
    finding: 'a person was asked too early',
  },
  {
    name: 'the announcement is made on whatever is there',
    file: 'sending/post.ts',
    find: 'if (await writeSend(ports.store, change.send, change.dueAt, found.version))\n    return { send: change.send, version: found.version + 1 };',
    replace:
      'const latest = (await readSend(ports.store, found.send.id))?.version ?? 0;\n  if (await writeSend(ports.store, change.send, change.dueAt, latest))\n    return { send: change.send, version: latest + 1 };',
    finding: 'a post was announced from',
  },
  {
    name: 'a vendor that asks to wait has taken the mail',
    file: 'sending/post.ts',
    find: "  if (failure?.kind === 'throttled') return notSent(",
    replace:
      "  if (failure?.kind === 'throttled') return accepted({}, attempt);\n  if (failure?.kind === 'throttled') return notSent(",
    finding: 'was called sent and never left',
  },
  {
    name: 'the same key names a new send each time',
    file: 'sending/accept.ts',
    find: 'id: sendId(fields.key),',
    replace: 'id: sendId(fields.key + now),',
    finding: 'nobody asked for',
  },
  {
    name: 'two searches at once count as two',
    file: 'sending/advance.ts',
    find: 'if (event.verifiedBefore !== undefined && event.verifiedBefore !== verifications) return true;',
    replace: '',
    finding: 'a person was asked too early',
    seed: 2,
  },
];
