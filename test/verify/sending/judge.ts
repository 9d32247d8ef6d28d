import type { World } from '../../../sandbox/world.ts';
import { eventAddress } from '../../../shared/outbox/record.ts';
import { needsDecisionId } from '../../../shared/sending/emit.ts';
import type { SendRequest } from '../../../shared/sending/mail.ts';
import type { SendState, StoredSend } from '../../../shared/sending/send.ts';
import { isSendAddress } from '../../../shared/store/keys.ts';
import type { Put, Store } from '../../../shared/store/store.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Looking ends after 24 hours; a sweep that crashes or fails comes again soon. */
const UNCERTAIN_MAX_MS = 24 * HOUR_MS + 30 * MINUTE_MS;
const IMPATIENT_EACH = 5;
const ASKED_AFTER_MS = 23 * HOUR_MS;
const TOLD_WITHIN_MS = HOUR_MS;
/** Older readings of a conversation are not acted on. */
const SEEN_WITHIN_MS = 90_000;

export interface SendVerdict {
  readonly findings: readonly string[];
  readonly asked: number;
  readonly accepted: number;
  readonly mails: number;
  readonly byState: Readonly<Partial<Record<SendState, number>>>;
  readonly uncertain: number;
  readonly asksOfAPerson: number;
  readonly resends: number;
}

interface Case {
  readonly number: number;
  readonly request: SendRequest;
  readonly mails: { readonly at: number; readonly attempt: number; readonly shownAt: number }[];
  readonly resends: number[];
  readonly asks: { readonly at: number; readonly event: string; until?: number }[];
  accepted: boolean;
  refusals: number;
  uncertainSince?: number;
  uncertainTimes: number;
  send?: StoredSend;
}

export interface JudgeWorld {
  readonly world: World;
  readonly now: () => number;
}

/** Knows what nobody in the simulated system can: every mail the vendor carried out, and every write of the store. */
export class Judge {
  readonly #world: World;
  readonly #now: () => number;
  readonly #cases = new Map<string, Case>();
  readonly #byNumber = new Map<number, Case>();
  readonly #findings: string[] = [];
  readonly #toConsider: string[] = [];

  constructor({ world, now }: JudgeWorld) {
    this.#world = world;
    this.#now = now;
    const carryOut = world.send.bind(world);
    world.send = (fields, lagMs) => {
      const sent = carryOut(fields, lagMs);
      const shownAt = fields.show ? this.#now() + lagMs : Number.POSITIVE_INFINITY;
      this.#carriedOut(`${sent.text} ${sent.html} ${sent.to.join(' ')}`, shownAt);
      return sent;
    };
  }

  expect(id: string, number: number, request: SendRequest): void {
    const fresh: Case = {
      number,
      request,
      mails: [],
      resends: [],
      asks: [],
      accepted: false,
      refusals: 0,
      uncertainTimes: 0,
    };
    this.#cases.set(id, fresh);
    this.#byNumber.set(number, fresh);
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

  /** Whether a person who opens the conversation finds the mail. */
  isVisible(id: string): boolean {
    const { number } = this.#case(id);
    this.#world.look();
    for (const thread of this.#world.threads.values()) {
      const texts = thread.visible.map((message) => `${message.text} ${message.html} ${message.to}`);
      if (texts.some((text) => text.includes(`mail-${number}@`))) return true;
    }
    return false;
  }

  /** The store, with every write of a send seen. */
  watched(store: Store): Store {
    return {
      ...store,
      put: async (document, expected) => {
        const written = await store.put(document, expected);
        if (written && isSendAddress(document)) this.#wrote(document);
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
    this.#findings.push(
      `mail ${of.number} (${of.request.kind}, ${of.send?.state}, attempt ${of.send?.attempt}): ${what}`,
    );
  }

  #wrote({ value }: Put): void {
    const send = value as unknown as StoredSend;
    const of = this.#cases.get(send.id);
    if (!of) return void this.#findings.push(`a mail nobody asked for was recorded as ${send.id}`);
    const before = of.send;
    of.send = send;
    const now = this.#now();
    if (
      before &&
      send.attempt !== before.attempt &&
      (send.attempt !== before.attempt + 1 || before.state !== 'waiting')
    )
      this.#find(of, `a post was announced from ${before.state}`);
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
      // Of a resend that came to nothing a person is told at once.
      const wasSearched = before?.state === 'uncertain' && send.kind === 'reply';
      if (wasSearched && now - (of.uncertainSince ?? 0) < ASKED_AFTER_MS)
        this.#find(of, 'a person was asked too early');
      of.asks.push({ at: now, event: needsDecisionId(send) });
      this.#toConsider.push(send.id);
    }
    const ask = of.asks.at(-1);
    if (before?.state === 'needs_decision' && send.state !== 'needs_decision' && ask) ask.until = now;
  }

  /** The vendor has just carried out a mail. */
  #carriedOut(text: string, shownAt: number): void {
    const number = /mail-(\d+)@/.exec(text)?.[1];
    const of = this.#byNumber.get(Number(number ?? Number.NaN));
    if (!of) return;
    const { send } = of;
    if (send?.state !== 'sending') this.#find(of, `was posted while it was ${send?.state ?? 'not even recorded'}`);
    const attempt = send?.attempt ?? 0;
    if (of.mails.some((mail) => mail.attempt === attempt))
      this.#find(of, `was posted twice under announcement ${attempt}`);
    const shownBefore = of.mails.some(({ shownAt }) => shownAt < this.#now() - SEEN_WITHIN_MS);
    if (shownBefore) this.#find(of, 'was posted although it could be seen in its conversation');
    of.mails.push({ at: this.#now(), attempt, shownAt });
    if (of.request.kind === 'reply' && of.request.overrideBy !== undefined) return;
    for (const other of this.#cases.values()) {
      if (other === of || other.send?.threadKey !== send?.threadKey) continue;
      const passes = other.request.kind === 'reply' && other.request.overrideBy !== undefined;
      if (!passes && (other.send?.state === 'sending' || other.send?.state === 'uncertain'))
        this.#find(of, `was posted while mail ${other.number} of its conversation was ${other.send.state}`);
    }
  }

  async verdict(store: Store): Promise<SendVerdict> {
    const byState: Partial<Record<SendState, number>> = {};
    const sum = { asked: 0, accepted: 0, mails: 0, uncertain: 0, asksOfAPerson: 0, resends: 0 };
    for (const of of this.#cases.values()) {
      sum.asked += 1;
      sum.mails += of.mails.length;
      sum.uncertain += of.uncertainTimes;
      sum.asksOfAPerson += of.asks.length;
      sum.resends += of.resends.length;
      if (of.accepted) sum.accepted += 1;
      if (of.send) byState[of.send.state] = (byState[of.send.state] ?? 0) + 1;
      this.#judge(of);
      await this.#judgeTold(store, of);
    }
    return { findings: this.#findings, byState, ...sum };
  }

  #judge(of: Case): void {
    const { send, mails, resends, accepted, refusals } = of;
    if (mails.length > 1 + resends.length)
      this.#find(of, `was sent ${mails.length} times, asked for by a person ${resends.length} times`);
    if (accepted && !send) this.#find(of, 'was accepted and is not recorded');
    if (!send) return void (mails.length > 0 && refusals === 0 && this.#find(of, 'was sent and is not recorded'));
    const { state } = send;
    if (state === 'waiting' || state === 'sending' || state === 'uncertain') this.#find(of, 'has not come to an end');
    if ((state === 'sent' || state === 'confirmed') && mails.length === 0)
      this.#find(of, 'was called sent and never left');
    const since = resends.at(-1) ?? 0;
    if ((state === 'refused' || state === 'failed') && mails.some(({ at }) => at > since))
      this.#find(of, 'was called not sent and had left');
  }

  async #judgeTold(store: Store, of: Case): Promise<void> {
    for (const { at, event, until = this.#now() } of of.asks) {
      if (until - at < TOLD_WITHIN_MS) continue;
      if (!(await store.get(eventAddress(event)))) this.#find(of, 'no person was told');
    }
  }
}
