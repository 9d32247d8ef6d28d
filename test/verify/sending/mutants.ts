import type { Fault } from '../mutation/loader.ts';

/** A fault planted in the send protocol, and a part of what the judge must say about it. */
export interface Mutant extends Fault {
  readonly finding: string;
  /** Sought in mails whose end is known, since no seed that is near meets it. */
  readonly inKnownMails?: true;
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
    name: 'a conflict counts as a clear no',
    file: 'http/json-client.ts',
    find: '(isWrite ? REFUSALS.has(status)',
    replace: '(isWrite ? REFUSALS.has(status) || status === 409',
    finding: 'was called not sent and had left',
    seed: 3,
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
    find: '  if (!isInTime(ports, postBefore))\n    return await record(ports, mine',
    replace: '  if (ports.clock.now() < 0)\n    return await record(ports, mine',
    finding: 'was posted while it was',
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
  },
  {
    name: 'looked for without an end',
    file: 'sending/verify.ts',
    find: 'const isLast = send.verifications + 1 >= verificationTimes(ports, send).length;',
    replace: 'const isLast = false;',
    finding: 'uncertain for more than a day',
  },
  {
    name: 'never looked for',
    file: 'sending/record.ts',
    find: '  if (after !== undefined) return Math.min(send.verifyFrom ?? 0, ports.clock.now()) + after;\n',
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
  },
  {
    name: 'a mail that begins with the words is the mail',
    file: 'sending/identity.ts',
    find: 'const below = theirs.words.slice(upTo);',
    replace: 'const below = theirs.words.slice(upTo, upTo);',
    finding: 'was confirmed by',
  },
  {
    name: 'a mail that contains the words is the mail',
    file: 'sending/identity.ts',
    find: 'const { upTo, linksDiffer: differ } = overlap(ours.words, theirs.words, isHtml);',
    replace:
      'const found = theirs.words.map((_, at) => overlap(ours.words, theirs.words.slice(at), isHtml)).find((one) => one.upTo !== undefined);\n  const upTo = found && theirs.words.length;\n  const differ = false;',
    finding: 'never left',
  },
  {
    name: 'files do not count',
    file: 'sending/identity.ts',
    find: "return filesBesides(message, mail.files)?.length === 0 ? SAME : alike('its files are not the same');",
    replace: 'return SAME;',
    finding: 'was confirmed by',
  },
  {
    name: 'people do not count',
    file: 'sending/identity.ts',
    find: "if (!peopleOfReply(message, mail, messages)) return alike('other people are on it');",
    replace: '',
    finding: 'was confirmed by',
  },
  {
    name: 'one message confirms two',
    file: 'sending/conversation.ts',
    find: 'chosen = mine?.message ?? choose(claimed(claims, now));',
    replace: 'chosen = mine?.message ?? choose(new Map());',
    finding: 'was confirmed by the same message',
  },
  {
    name: 'a message that has another id is another message',
    file: 'sending/fingerprint.ts',
    find: 'if (now.has(each.id) || each.fingerprint === undefined) continue;',
    replace: 'if (now.has(each.id) || each.fingerprint !== each.id) continue;',
    finding: 'was confirmed by the same message',
    seed: 3,
  },
  {
    name: 'what is dated before the post is the mail',
    file: 'sending/search.ts',
    find: 'boolean => postedAt - sentAt > CLOCKS_APART_MS;',
    replace: 'boolean => postedAt - sentAt > sentAt;',
    finding: 'was confirmed by a mail of somebody else',
  },
  {
    name: 'of several mails of the same words each may be the one that is seen',
    file: 'sending/recognise.ts',
    find: 'if (!isSure) return undefined;',
    replace: 'if (!isSure && posts.length < 0) return undefined;',
    finding: 'never left',
  },
  {
    name: 'the text is compared where HTML went',
    file: 'sending/identity.ts',
    find: "const ours = given === 'text' ? writtenInText(mail.text) : await writtenInHtml(mail.html);",
    replace: 'const ours = writtenInText(mail.text);',
    finding: 'not recognised',
    inKnownMails: true,
  },
  {
    name: 'what the conversation says is asked before the first post alone',
    file: 'sending/post.ts',
    find: 'const objection = await objectionOf(ports, send, messages);',
    replace: 'const objection = send.attempt > 0 ? undefined : await objectionOf(ports, send, messages);',
    finding: 'although somebody had written since',
  },
  {
    name: 'the kill switch stops first posts alone',
    file: 'sending/post.ts',
    find: 'if (connection.limits.off) return',
    replace: 'if (connection.limits.off && send.attempt === 0) return',
    finding: 'while sending was switched off',
  },
  {
    name: 'what waits to be undone goes out',
    file: 'sending/accept.ts',
    find: '...(undoMs === 0 ? {} : { holdUntil: from }),',
    replace: '',
    finding: 'could still be called back',
  },
  {
    name: 'a machine replies to each event',
    file: 'sending/machine.ts',
    find: "hashOf(['reply', mail.sink, mail.connection, threadKey, generation])",
    replace: "hashOf(['reply', mail.sink, mail.connection, threadKey, generation, mail.event])",
    finding: 'was sent by a machine after',
  },
  {
    name: 'a machine replies where somebody has answered',
    file: 'sending/guards.ts',
    find: 'if (!unlessAnswered) return undefined;',
    replace: 'if (!unlessAnswered || send.attempt >= 0) return undefined;',
    finding: 'although somebody had answered',
  },
  {
    name: 'a resend that came to nothing is called not sent',
    file: 'sending/advance.ts',
    find: "return UNSENT.has(found[0]) && mayHaveArrived(send) ? ['needs_decision', 'emit'] : found;",
    replace: 'return mayHaveArrived(send) ? found : found;',
    finding: 'was called not sent and had left',
  },
  {
    name: 'a campaign in two spellings is two',
    file: 'providers/cohesive/thread-id.ts',
    find: 'encode([foldedId(campaignId), bareAddress(leadEmail)])',
    replace: 'encode([campaignId, bareAddress(leadEmail)])',
    finding: 'of its conversation was',
  },
  {
    name: 'one conversation in two spellings is two',
    file: 'sending/accept.ts',
    find: 'const threadKey = connection.connection.threads.keyOf(request.threadId);',
    replace: 'const threadKey = request.threadId;',
    finding: 'of its conversation was',
  },
];
