import type { Instant } from '../model.ts';
import type { Call } from './json-client.ts';

/** How long it is remembered that the vendor asked to wait with a question. */
const REMEMBERED_MS = 24 * 60 * 60_000;
/** Questions of which that is remembered. */
const QUESTIONS_MAX = 1_000;
/** The vendor is asked again at least this often, however long it asked us to wait. */
export const WAIT_HEEDED_MAX_MS = 60 * 60_000;
/** After so many in a row it is doubted that it is each one's own. */
const IN_A_ROW_MAX = 2;
/** The next call tells, after this: if it is throttled too, the vendor is believed. */
const DOUBT_MS = 60_000;

interface Asked {
  readonly at: Instant;
  /** Answers of its part of the account until then. */
  readonly answers: number;
  /** Until when it alone is not to be asked. */
  readonly until: Instant;
}

/** A part of the account that the vendor may throttle by itself. */
interface Part {
  answers: number;
  /** Calls that were throttled since the last one was answered. */
  inARow: number;
  /** When last one question of an operation was found to be throttled alone. */
  readonly alone: Map<string, Instant>;
}

/** Undefined for a write: that a mail is to wait says nothing of its thread. */
const questionOf = ({ method = 'GET', path, query }: Call<unknown>): string | undefined =>
  method === 'GET' ? JSON.stringify([path, query]) : undefined;

/**
 * Tells a question that the vendor always throttles from a key that is asked to wait. A question counts as throttled alone when it is so
 * again though others were answered since, and then further ones of its operation at once; unless several are in a row.
 */
export class ThrottledQuestions {
  readonly #asked = new Map<string, Asked>();
  readonly #parts = new Map<string, Part>();

  /** How long this question has to wait for its own sake. */
  waitMs(call: Call<unknown>, now: Instant): number {
    // Asked before each call, and hardly any vendor has ever throttled one.
    if (this.#asked.size === 0) return 0;
    const question = questionOf(call);
    const { at = 0, until = 0 } = (question !== undefined && this.#asked.get(question)) || {};
    // A time before it was asked is that of a clock that has been put back.
    return now < at ? 0 : Math.max(0, until - now);
  }

  answered(call: Call<unknown>): void {
    const part = this.#partOf(call);
    part.answers += 1;
    part.inARow = 0;
    const question = this.#asked.size === 0 ? undefined : questionOf(call);
    if (question !== undefined) this.#asked.delete(question);
  }

  /** Notes that the vendor asked to wait so long with it. How long nothing else is to be asked either: not at all where it is throttled alone. */
  throttled(call: Call<unknown>, now: Instant, ms: number): number {
    const question = questionOf(call);
    const part = this.#partOf(call);
    const waitMs = question === undefined ? ms : this.#waitMsOfAll(question, call, now, ms);
    part.inARow += 1;
    if (question === undefined) return waitMs;
    this.#note(question, {
      at: now,
      answers: part.answers,
      until: waitMs === 0 ? now + Math.min(ms, WAIT_HEEDED_MAX_MS) : 0,
    });
    if (waitMs === 0) part.alone.set(call.operation, now);
    return waitMs;
  }

  #waitMsOfAll(question: string, call: Call<unknown>, now: Instant, ms: number): number {
    const part = this.#partOf(call);
    const isRemembered = (at: Instant | undefined) => at !== undefined && Math.abs(now - at) < REMEMBERED_MS;
    const before = this.#asked.get(question);
    const isAgain = before !== undefined && isRemembered(before.at) && part.answers > before.answers;
    if (isAgain) return part.inARow < IN_A_ROW_MAX ? 0 : Math.min(ms, DOUBT_MS);
    return part.inARow === 0 && isRemembered(part.alone.get(call.operation)) ? 0 : ms;
  }

  #note(question: string, asked: Asked): void {
    this.#asked.delete(question);
    const [oldest] = this.#asked.keys();
    if (oldest !== undefined && this.#asked.size >= QUESTIONS_MAX) this.#asked.delete(oldest);
    this.#asked.set(question, asked);
  }

  #partOf({ scope = '' }: Call<unknown>): Part {
    const part = this.#parts.get(scope) ?? { answers: 0, inARow: 0, alone: new Map() };
    this.#parts.set(scope, part);
    return part;
  }
}
