import { pick } from '../../../sandbox/seeded.ts';
import type { World } from '../../../sandbox/world.ts';
import type { WorldMessage, WorldThread } from '../../../sandbox/world-model.ts';
import type { Random } from '../../../shared/ports.ts';
import type { InboxVendor } from './inbox-vendor.ts';
import { REPLY_TEXT } from './reply-text.ts';
import type { Due } from './told.ts';

const HOUR = 3_600_000;
const REPLIES_AN_HOUR = 4;
const NEW_THREAD_SHARE = 0.4;
/** Of replies in threads that are not interested; labelled so some hours later. */
const LABELLED_SHARE = 0.3;
const LABELLED_AFTER_MS = [1 * HOUR, 3 * HOUR, 8 * HOUR] as const;
/** Of arrivals: an old thread is labelled, and nobody wrote. */
const OLD_LABEL_SHARE = 0.1;

interface Waiting {
  readonly at: number;
  readonly happens: () => void;
}

interface Parts {
  readonly vendor: InboxVendor;
  readonly world: World;
  readonly campaignId: string;
  readonly random: Random;
}

interface Moment {
  /** Moves the vendor's clock. */
  readonly set: (at: number) => void;
  readonly isBaselineThrough: boolean;
}

/** A few replies an hour, at any moment and however deep their threads lie; some of them, and some old threads, are labelled later. */
export class Arrivals {
  readonly #parts: Parts;
  readonly due: Due[] = [];
  /** What was written in or labelled: each thread has its turn once, so that what is due is beyond doubt. */
  readonly #touched = new Set<string>();
  #waiting: Waiting[] = [];
  #nextAt = Number.POSITIVE_INFINITY;
  #leads = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  beginAt(at: number): void {
    this.#nextAt = at + this.#gap();
  }

  stop(): void {
    this.#nextAt = Number.POSITIVE_INFINITY;
    this.#waiting = [];
  }

  /** Everything that happens up to a moment, each at its own. */
  upTo(end: number, moment: Moment): void {
    for (;;) {
      const [first] = this.#waiting.toSorted((left, right) => left.at - right.at);
      const at = Math.min(this.#nextAt, first?.at ?? Number.POSITIVE_INFINITY);
      if (at > end) return;
      moment.set(at);
      if (first?.at === at) {
        this.#waiting = this.#waiting.filter((waiting) => waiting !== first);
        first.happens();
        continue;
      }
      this.#nextAt = at + this.#gap();
      this.#arrive(at, moment.isBaselineThrough);
    }
  }

  #gap(): number {
    return Math.ceil((-Math.log(1 - this.#parts.random()) * HOUR) / REPLIES_AN_HOUR);
  }

  #arrive(at: number, isBaselineThrough: boolean): void {
    const { random } = this.#parts;
    const isOldLabel = random() < OLD_LABEL_SHARE;
    const thread = random() < NEW_THREAD_SHARE && !isOldLabel ? this.#newThread() : this.#oldThread();
    this.#touched.add(thread.id);
    if (!isOldLabel) this.#reply(thread, at);
    else if (isBaselineThrough && thread.intent === null) this.#label(thread, thread.visible.at(-1), at);
  }

  #reply(thread: WorldThread, at: number): void {
    const { vendor, random } = this.#parts;
    const message = vendor.reply(thread, REPLY_TEXT);
    this.due.push({ type: 'reply.received', message: message.replyId, at });
    if (thread.intent !== null) this.due.push({ type: 'reply.interested', message: message.replyId, at });
    else if (random() < LABELLED_SHARE) {
      const labelledAt = at + pick(random, LABELLED_AFTER_MS);
      this.#waiting.push({ at: labelledAt, happens: () => this.#label(thread, message, labelledAt) });
    }
  }

  #label(thread: WorldThread, newest: WorldMessage | undefined, at: number): void {
    this.#parts.vendor.label(thread);
    if (newest) this.due.push({ type: 'reply.interested', message: newest.replyId, at });
  }

  #newThread(): WorldThread {
    const { world, campaignId } = this.#parts;
    this.#leads += 1;
    const leadEmail = `new${this.#leads}@customer.example`;
    return world.addThread({ campaignId, leadEmail, leadName: `New lead ${this.#leads}` });
  }

  #oldThread(): WorldThread {
    const { vendor, random } = this.#parts;
    for (;;) {
      const thread = vendor.threads[Math.floor(random() * vendor.threads.length)];
      if (thread && !this.#touched.has(thread.id)) return thread;
    }
  }
}
