import type { SendState } from '../../../shared/sending/send.ts';
import { eventAddress } from '../../../shared/store/keys.ts';
import type { Store } from '../../../shared/store/store.ts';
import type { Case, SendVerdict } from './cases.ts';

const TOLD_WITHIN_MS = 3_600_000;

/** What is known when everything has come to its end. */
export interface Judged {
  readonly cases: ReadonlyMap<string, Case>;
  /** By thread and message: the send that it is. */
  readonly owners: ReadonlyMap<string, string>;
  readonly find: (of: Case, what: string) => void;
  readonly now: number;
}

export function counted(cases: Iterable<Case>): Omit<SendVerdict, 'findings'> {
  const byState: Partial<Record<SendState, number>> = {};
  const sum = { asked: 0, accepted: 0, mails: 0, uncertain: 0, asksOfAPerson: 0, doubts: 0, resends: 0 };
  for (const of of cases) {
    sum.asked += 1;
    sum.mails += of.mails.length;
    sum.uncertain += of.uncertainTimes;
    sum.asksOfAPerson += of.asks.length - of.doubts;
    sum.doubts += of.doubts;
    sum.resends += of.resends.length;
    if (of.accepted) sum.accepted += 1;
    if (of.send) byState[of.send.state] = (byState[of.send.state] ?? 0) + 1;
  }
  return { byState, ...sum };
}

/** Stands in the ids of the sandbox that do not stay. */
const PASSING = '~';

/** What stays of an id where a vendor gives another at each reading. */
export const lastingId = (id = ''): string => id.slice(id.indexOf(PASSING) + 1);

/** Finds what was lost, sent twice, or called what it was not. */
export async function judgeEnds(judged: Judged, store: Store): Promise<void> {
  for (const of of judged.cases.values()) {
    judgeEnd(judged, of);
    judgeConfirmed(judged, of);
    await judgeTold(judged, of, store);
  }
  judgeMachines(judged);
}

function judgeEnd({ find }: Judged, of: Case): void {
  const { send, mails, resends, accepted, refusals } = of;
  if (mails.length > 1 + resends.length)
    find(of, `was sent ${mails.length} times, asked for by a person ${resends.length} times`);
  if (accepted && !send) find(of, 'was accepted and is not recorded');
  if (!send && mails.length > 0 && refusals === 0) find(of, 'was sent and is not recorded');
  const state = send?.state;
  if (state === 'waiting' || state === 'sending' || state === 'uncertain') find(of, 'has not come to an end');
  if ((state === 'sent' || state === 'confirmed') && mails.length === 0) find(of, 'was called sent and never left');
  if ((state === 'refused' || state === 'failed' || state === 'undone') && mails.length > 0)
    find(of, 'was called not sent and had left');
}

/** By what it was confirmed: a mail of its own look, which confirms nothing else. */
function judgeConfirmed({ cases, owners, find }: Judged, of: Case): void {
  const { send, thread, look } = of;
  if (send?.state !== 'confirmed' || send.seenAs === undefined) return;
  const owner = cases.get(owners.get(`${thread} ${lastingId(send.seenAs)}`) ?? '');
  if (!owner) return void find(of, 'was confirmed by a mail of somebody else');
  if (owner.look !== look) find(of, `was confirmed by mail ${owner.number}, which is another`);
  for (const other of cases.values()) {
    if (other.number >= of.number || other.thread !== thread) continue;
    // Where ids pass, nobody can tell two messages of one look and moment apart: two mails that both left are both there.
    const isEither = send.seenAs.includes(PASSING) && areOfOneSecond(of, other);
    if (isEither || other.send?.state !== 'confirmed') continue;
    if (lastingId(other.send.seenAs) === lastingId(send.seenAs))
      find(of, `was confirmed by the same message as mail ${other.number}`);
  }
}

const secondsOf = ({ mails }: Case) => mails.map(({ at }) => Math.floor(at / 1_000));
const areOfOneSecond = (one: Case, other: Case) => secondsOf(one).some((second) => secondsOf(other).includes(second));

/** A machine replies once in a conversation, whatever it was asked. */
function judgeMachines({ cases, find }: Judged): void {
  const replied = new Map<string, Case>();
  for (const of of cases.values()) {
    if (of.send?.event === undefined || of.kind !== 'reply' || of.mails.length === 0) continue;
    const name = `${of.thread} ${of.send.sink}`;
    const before = replied.get(name);
    if (before) find(of, `was sent by a machine after mail ${before.number} of its conversation`);
    replied.set(name, of);
  }
}

async function judgeTold({ find, now }: Judged, of: Case, store: Store): Promise<void> {
  for (const { at, event, until = now } of of.asks) {
    if (until - at < TOLD_WITHIN_MS) continue;
    if (!(await store.get(eventAddress(event)))) find(of, 'no person was told');
  }
}
