import { AsyncLocalStorage } from 'node:async_hooks';
import type { World } from '../../../sandbox/world.ts';
import type { WorldMessage } from '../../../sandbox/world-model.ts';
import { needsDecisionId } from '../../../shared/sending/emit.ts';
import type { SendingPorts } from '../../../shared/sending/ports.ts';
import { type SendState, type StoredSend, sendIn } from '../../../shared/sending/send.ts';
import { isSendAddress } from '../../../shared/store/keys.ts';
import type { Put, Store } from '../../../shared/store/store.ts';
import type { Case, Mailed, SendVerdict, Wish } from './cases.ts';
import { counted, type Judged, judgeEnds, lastingId } from './verdict.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Looking ends after 24 hours; a sweep that crashes or fails comes again soon. */
const UNCERTAIN_MAX_MS = 24 * HOUR_MS + 30 * MINUTE_MS;
const IMPATIENT_EACH = 5;
const ASKED_AFTER_MS = 23 * HOUR_MS;
/** Older readings of a conversation are not acted on. */
const SEEN_WITHIN_MS = 90_000;

export interface JudgeWorld {
  readonly world: World;
  readonly now: () => number;
  /** Since when sending has been switched off; undefined while it is not. */
  readonly offSince: () => number | undefined;
}

const MAY_BE_SOUGHT: ReadonlySet<SendState> = new Set(['sending', 'uncertain', 'sent']);

/** Which send a run is about: the secret id by which the judge knows each mail, and that nobody in the system can see. */
const SECRET = new AsyncLocalStorage<string>();

/** Knows what nobody in the simulated system can: every mail the vendor carried out, and every write of the store. */
export class Judge {
  readonly #world: World;
  readonly #now: () => number;
  readonly #offSince: () => number | undefined;
  readonly #cases = new Map<string, Case>();
  readonly #owners = new Map<string, string>();
  readonly #findings: string[] = [];
  readonly #toConsider: string[] = [];
  readonly #dead: string[] = [];

  constructor({ world, now, offSince }: JudgeWorld) {
    this.#world = world;
    this.#now = now;
    this.#offSince = offSince;
    const carryOut = world.send.bind(world);
    world.send = (fields, lagMs) => {
      const sent = carryOut(fields, lagMs);
      const shownAt = fields.show ? this.#now() + lagMs : Number.POSITIVE_INFINITY;
      this.#carriedOut({ messageId: sent.messageId, threadId: fields.threadId, shownAt });
      return sent;
    };
  }

  /** Whatever the vendor carries out in here is this send's. */
  async about<Result>(id: string, work: () => Promise<Result>): Promise<Result> {
    return await SECRET.run(id, work);
  }

  expect(id: string, wish: Wish): void {
    const known = this.#cases.get(id);
    // Asked for twice: which of the two was accepted is not known here, so the milder one holds.
    const { ifLatestAt = 0, notBefore = Number.POSITIVE_INFINITY } = known ?? {};
    if (known?.send) return;
    this.#cases.set(id, {
      ...wish,
      ...(wish.ifLatestAt === undefined ? {} : { ifLatestAt: Math.max(wish.ifLatestAt, ifLatestAt) }),
      ...(wish.notBefore === undefined ? {} : { notBefore: Math.min(wish.notBefore, notBefore) }),
      mails: [],
      resends: [],
      asks: [],
      accepted: false,
      refusals: 0,
      uncertainTimes: 0,
      doubts: 0,
    });
  }

  /** Ports through which a mail may be accepted under a name that only the system knows. */
  expecting(ports: SendingPorts, wish: Wish): SendingPorts {
    const put: Store['put'] = async (document, expected) => {
      if (isSendAddress(document)) this.expect(document.partition.slice('SEND#'.length), wish);
      return await ports.store.put(document, expected);
    };
    return { ...ports, store: { ...ports.store, put } };
  }

  accepted(id: string): void {
    const of = this.#cases.get(id);
    if (of) of.accepted = true;
  }

  refused(id: string): void {
    this.#case(id).refusals += 1;
  }

  resentByPerson(id: string): void {
    this.#case(id).resends.push(this.#now());
  }

  /** Sends that have come to need a decision since the last call. */
  toConsider(): readonly string[] {
    return this.#toConsider.splice(0);
  }

  /** Sends that came to nothing since the last call. */
  dead(): readonly string[] {
    return this.#dead.splice(0);
  }

  /** Whether a person who knows which mail is which finds it in its conversation. */
  isVisible(id: string): boolean {
    const { mails, thread } = this.#case(id);
    this.#world.look();
    const visible = new Set(this.#world.thread(thread)?.visible.map(({ messageId }) => messageId));
    return mails.some(({ messageId }) => visible.has(messageId));
  }

  /** Whether a mail in this thread may be on its way: then one of the same look by somebody else could be taken for it by anybody. */
  isOpen(thread: string): boolean {
    const open: readonly (SendState | undefined)[] = ['waiting', 'sending', 'uncertain', 'sent', 'needs_decision'];
    return [...this.#cases.values()].some((of) => of.thread === thread && open.includes(of.send?.state));
  }

  /** Replies that may be on their way or have gone out unseen, with when the first mail of their conversation was accepted. */
  openSends(): readonly { readonly thread: string; readonly text: string; readonly since: number }[] {
    return [...this.#cases.values()].flatMap(({ thread, send }) => {
      if (send?.mail?.kind !== 'reply' || !MAY_BE_SOUGHT.has(send.state)) return [];
      const { text } = send.mail;
      const sends = [...this.#cases.values()].filter((other) => other.thread === thread);
      const accepted = sends.map((other) => other.send?.acceptedAt ?? this.#now());
      return [{ thread, text, since: Math.min(...accepted) }];
    });
  }

  /** The store, with every write of a send seen. */
  watched(store: Store): Store {
    return {
      ...store,
      put: async (document, expected) => {
        const written = await store.put(document, expected);
        if (written && isSendAddress(document)) this.#wrote(store, document);
        return written;
      },
    };
  }

  #case(id: string): Case {
    const found = this.#cases.get(id);
    if (!found) throw new Error(`nobody asked for ${id}`);
    return found;
  }

  #find(of: Case, what: string): void {
    this.#findings.push(`mail ${of.number} (${of.kind}, ${of.send?.state}, attempt ${of.send?.attempt}): ${what}`);
  }

  #wrote(store: Store, put: Put): void {
    const send = sendIn(store, { ...put, version: 1 });
    if (!send) return;
    const of = this.#cases.get(send.id);
    if (!of) return void this.#findings.push(`a mail nobody asked for was recorded as ${send.id}`);
    const before = of.send;
    of.send = send;
    this.#judgePost(of, before, send);
    this.#judgeDoubt(of, before, send);
    if ((send.state === 'failed' || send.state === 'refused') && before?.state !== send.state) this.#dead.push(send.id);
  }

  #judgePost(of: Case, before: StoredSend | undefined, send: StoredSend): void {
    if (!before || send.attempt === before.attempt) return;
    if (send.attempt !== before.attempt + 1 || before.state !== 'waiting')
      this.#find(of, `a post was announced from ${before.state}`);
  }

  #judgeDoubt(of: Case, before: StoredSend | undefined, send: StoredSend): void {
    const now = this.#now();
    if (before?.state !== 'uncertain' && send.state === 'uncertain') {
      of.uncertainSince = now;
      of.uncertainTimes += 1;
      // Some do not wait until they are asked.
      if (of.number % IMPATIENT_EACH === 0) this.#toConsider.push(send.id);
    }
    if (before?.state === 'uncertain' && send.state !== 'uncertain') {
      if (now - (of.uncertainSince ?? now) > UNCERTAIN_MAX_MS) this.#find(of, 'was uncertain for more than a day');
    }
    if (before?.state !== 'needs_decision' && send.state === 'needs_decision') {
      // Of a resend that came to nothing, or a mail that repeats another, a person is told at once.
      const wasSearched =
        before?.state === 'uncertain' && send.kind === 'reply' && send.verifications > before.verifications;
      if (wasSearched && now - (of.uncertainSince ?? 0) < ASKED_AFTER_MS)
        this.#find(of, 'a person was asked too early');
      if (send.attempt === 0) of.doubts += 1;
      of.asks.push({ at: now, event: needsDecisionId(send) });
      this.#toConsider.push(send.id);
    }
    const ask = of.asks.at(-1);
    if (before?.state === 'needs_decision' && send.state !== 'needs_decision' && ask) ask.until = now;
  }

  /** The vendor has just carried out a mail. */
  #carriedOut({ messageId, threadId, shownAt }: { messageId: string; threadId: string; shownAt: number }): void {
    const id = SECRET.getStore();
    const of = this.#cases.get(id ?? '');
    if (!of || id === undefined) return void this.#findings.push('a mail nobody asked for was carried out');
    this.#own(id, threadId, messageId);
    const { send } = of;
    if (send?.state !== 'sending') this.#find(of, `was posted while it was ${send?.state ?? 'not even recorded'}`);
    const attempt = send?.attempt ?? 0;
    if (of.mails.some((mail) => mail.attempt === attempt))
      this.#find(of, `was posted twice under announcement ${attempt}`);
    const before = this.#now() - SEEN_WITHIN_MS;
    const passed = new Set(send?.passed?.map(lastingId));
    const isSeen = (mail: Mailed) => mail.shownAt < before && !this.#namesOf(of, mail).some((name) => passed.has(name));
    if (of.mails.some(isSeen)) this.#find(of, 'was posted although it could be seen in its conversation');
    of.mails.push({ at: this.#now(), attempt, shownAt, messageId });
    this.#judgeGuards(of, threadId);
    this.#judgeOthers(of);
  }

  /** A message's names at both vendors. */
  #namesOf({ thread }: Case, { messageId }: Mailed): readonly string[] {
    const message = this.#world.thread(thread)?.messages.find((one) => one.messageId === messageId);
    return message ? [messageId, message.replyId] : [messageId];
  }

  #own(id: string, threadId: string, messageId: string): void {
    const message = this.#world.thread(threadId)?.messages.find((one) => one.messageId === messageId);
    for (const name of [messageId, message?.replyId])
      if (name !== undefined) this.#owners.set(`${threadId} ${name}`, id);
  }

  #judgeGuards(of: Case, threadId: string): void {
    const { ifLatestAt, unlessAnsweredAt, notBefore } = of;
    const now = this.#now();
    const seen = (since: number, counts: (message: WorldMessage) => boolean) =>
      this.#world.thread(threadId)?.messages.some((message) => {
        const isOurs = this.#owners.has(`${threadId} ${message.messageId}`);
        return message.sentAt > since && message.visibleAt < now - SEEN_WITHIN_MS && !isOurs && counts(message);
      });
    if (ifLatestAt !== undefined && seen(ifLatestAt, () => true))
      this.#find(of, 'was posted although somebody had written since');
    if (unlessAnsweredAt !== undefined && seen(unlessAnsweredAt, ({ direction }) => direction === 'outbound'))
      this.#find(of, 'was posted although somebody had answered');
    if ((this.#offSince() ?? now) < now - SEEN_WITHIN_MS) this.#find(of, 'was posted while sending was switched off');
    if (notBefore !== undefined && now < notBefore) this.#find(of, 'was posted while it could still be called back');
  }

  #judgeOthers(of: Case): void {
    if (of.override) return;
    for (const other of this.#cases.values()) {
      if (other === of || other.thread !== of.thread || other.override) continue;
      if (other.send?.state === 'sending' || other.send?.state === 'uncertain')
        this.#find(of, `was posted while mail ${other.number} of its conversation was ${other.send.state}`);
    }
  }

  async verdict(store: Store): Promise<SendVerdict> {
    const world: Judged = {
      cases: this.#cases,
      owners: this.#owners,
      find: (of, what) => this.#find(of, what),
      now: this.#now(),
    };
    await judgeEnds(world, store);
    return { findings: this.#findings, ...counted(this.#cases.values()) };
  }
}
