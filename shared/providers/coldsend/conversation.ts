import { ProviderError } from '../../failure.ts';
import type { Instant, JsonObject, Message, Unreadable } from '../../model.ts';
import { type Draft, inOrder } from '../messages.ts';
import { parseEach, ROOM_FOR_REPLIES } from '../tolerant.ts';
import { type ColdSend, messagesPage, PAGE_ROWS_MAX, positive } from './api.ts';
import { idOfMessage, messageOf } from './map.ts';
import { type MessagesWire, MessageWire } from './wire.ts';

export interface Messages {
  readonly messages: readonly Message[];
  readonly unreadable: readonly Unreadable[];
  /** The vendor's own clock at the last page. */
  readonly date?: Instant;
}

/** Calls for one conversation. Beyond that the oldest in the middle are left out, and it is logged. */
const CALLS_MAX = 50;
/** Pages read one after another before the end is looked for. */
const AHEAD_PAGES = 10;
/** Messages on a part of a page that is longer than we hold. */
const PART_ROWS = 10;
/** Where the vendor does not say that a page is the last one, fewer messages than this do. */
const SHORT_ROWS = 10;

type Outcome = 'goes on' | 'ends' | 'is beyond the end' | 'is too long';

const tooLong = (error: unknown) =>
  error instanceof ProviderError && error.failure.kind === 'wire' && error.failure.tooLong === true
    ? error.failure
    : undefined;

/** A page whose number is refused is none. */
const isNone = (error: unknown): boolean =>
  error instanceof ProviderError && (error.failure.kind === 'not-found' || error.failure.kind === 'invalid');

/** One reading of a conversation, which comes oldest first: the first pages, and then from the last one up, as far as the calls reach. */
class Conversation {
  readonly #coldsend: ColdSend;
  readonly #thread: string;
  readonly #drafts: Draft[] = [];
  readonly #unreadable = new Map<string, Unreadable>();
  /** Messages as they came. */
  readonly #seen = new Set<string>();
  readonly #outcomes = new Map<string, Outcome>();
  /** When the message in each place came, and why those are not read that are too long. */
  readonly #times = new Map<number, Instant>();
  readonly #tooLong = new Map<number, readonly string[]>();
  #calls = 0;
  /** Messages that the vendor puts on a page. */
  #pageRows = PAGE_ROWS_MAX;
  #total: number | undefined;
  #date: Instant | undefined;
  #isCut = false;

  constructor(coldsend: ColdSend, thread: string) {
    this.#coldsend = coldsend;
    this.#thread = thread;
  }

  async read(): Promise<Messages> {
    await this.#readBetween(0, Number.POSITIVE_INFINITY, PAGE_ROWS_MAX);
    if (this.#isCut) this.#coldsend.log.warn('coldsend.messages.cut', { thread: this.#thread, pages: this.#calls });
    return {
      messages: inOrder(this.#drafts),
      unreadable: [...this.#unreadable.values(), ...this.#tooLongOnes()],
      ...(this.#date !== undefined && { date: this.#date }),
    };
  }

  /** Nothing is known of them but where they stand: none is newer than both of its neighbours. */
  #tooLongOnes(): readonly Unreadable[] {
    return [...this.#tooLong].map(([place, issues], index) => {
      const [before, after] = [this.#times.get(place - 1), this.#times.get(place + 1)];
      const at = before === undefined || after === undefined ? {} : { at: Math.max(before, after) };
      return { id: `too long ${index + 1}`, issues, ...at };
    });
  }

  /** Pages of so many rows, between two that are not asked for. */
  async #readBetween(above: number, below: number, rows: number): Promise<void> {
    for (let page = await this.#lastPage(above, below, rows); page > above; page -= 1) {
      if ((await this.#page(page, rows)) !== 'is too long') continue;
      const size = this.#size(rows);
      const part = rows > PART_ROWS ? PART_ROWS : 1;
      await this.#readBetween(Math.floor(((page - 1) * size) / part), Math.ceil((page * size) / part) + 1, part);
    }
  }

  async #lastPage(above: number, below: number, rows: number): Promise<number> {
    let [last, beyond] = [above, below];
    let page = last + 1;
    while (beyond - last > 1) {
      const outcome = await this.#page(page, rows);
      if (outcome === undefined) return last;
      if (outcome === 'ends') return page;
      if (outcome === 'is beyond the end') beyond = page;
      else last = page;
      page = this.#pageToTry(last, beyond, rows);
    }
    return last;
  }

  /** Of a page for which so many rows are asked. */
  #size(rows: number): number {
    return rows === PAGE_ROWS_MAX ? this.#pageRows : rows;
  }

  #pageToTry(last: number, beyond: number, rows: number): number {
    const isOpen = beyond === Number.POSITIVE_INFINITY;
    if (isOpen && last < AHEAD_PAGES) return last + 1;
    const counted = Math.ceil((this.#total ?? 0) / this.#size(rows));
    if (counted > last && counted < beyond) return counted;
    return isOpen ? 2 * last : Math.floor((last + beyond) / 2);
  }

  /** What came of a page, which is asked for once; undefined where no calls are left for it. */
  async #page(page: number, rows: number): Promise<Outcome | undefined> {
    const name = `${page}/${rows}`;
    const known = this.#outcomes.get(name);
    if (known) return known;
    if (this.#calls >= CALLS_MAX) {
      this.#isCut = true;
      return undefined;
    }
    this.#calls += 1;
    const outcome = await this.#ask(page, rows);
    this.#outcomes.set(name, outcome);
    return outcome;
  }

  async #ask(page: number, rows: number): Promise<Outcome> {
    // A message by itself is worth the room.
    const room = rows === 1 ? { bytesMax: ROOM_FOR_REPLIES } : {};
    try {
      const { value, date } = await messagesPage(this.#coldsend, this.#thread, { page, limit: rows }, room);
      this.#date = date ?? this.#date;
      return this.#take(value, page, rows);
    } catch (error) {
      if (page > 1 && isNone(error)) return 'is beyond the end';
      const failure = tooLong(error);
      if (!failure) throw error;
      if (rows > 1) return 'is too long';
      this.#tooLong.set(page - 1, failure.issues);
      return 'goes on';
    }
  }

  #take(answer: MessagesWire, page: number, rows: number): Outcome {
    const raws = answer.messages ?? [];
    const received = raws.length;
    const limit = Math.min(rows, positive(answer.limit, rows));
    if (rows === PAGE_ROWS_MAX) this.#pageRows = Math.max(limit, received);
    this.#total = answer.total_count ?? (answer.total_pages == null ? this.#total : answer.total_pages * limit);
    const known = this.#seen.size;
    for (const raw of raws) this.#seen.add(JSON.stringify(raw));
    const first = (page - 1) * this.#size(rows);
    const draftOf = (wire: MessageWire, raw: unknown): Draft => {
      const draft = messageOf(wire);
      this.#times.set(first + raws.indexOf(raw), draft.sentAt);
      return draft;
    };
    const timeOf = ({ created_at }: JsonObject) => created_at;
    const parsed = parseEach(raws, MessageWire, draftOf, idOfMessage, timeOf);
    this.#drafts.push(...parsed.items);
    for (const one of parsed.unreadable) this.#unreadable.set(one.id, one);
    if (this.#seen.size > known) return this.#goesOn(answer, page, received, rows) ? 'goes on' : 'ends';
    if (received > 0 && answer.has_next === true) this.#isCut = true;
    return 'is beyond the end';
  }

  /** What the vendor counts is a hint: a page that may be full goes on, whatever the total. */
  #goesOn(answer: MessagesWire, page: number, received: number, rows: number): boolean {
    const { has_next: hasNext, total_count: total, total_pages: pages } = answer;
    const isCounted = this.#seen.size < (total ?? 0) || page < (pages ?? 0);
    return isCounted || (hasNext ?? received >= Math.min(rows, SHORT_ROWS));
  }
}

/**
 * GET /replies/threads/{id}/messages: every message, as far as {@link CALLS_MAX} calls reach, and always the newest. What is longer than we
 * hold is read in smaller parts, down to one message.
 */
export const threadMessages = async (coldsend: ColdSend, threadId: string): Promise<Messages> =>
  await new Conversation(coldsend, threadId).read();
