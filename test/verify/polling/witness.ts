import type { World } from '../../../sandbox/world.ts';
import type { WorldThread } from '../../../sandbox/world-model.ts';
import type { Compose } from '../../../shared/events/happening.ts';
import type { StoredEvent } from '../../../shared/outbox/record.ts';
import type { PolledLag } from '../../../shared/polling/poller.ts';
import type { Http } from '../../../shared/ports.ts';
import type { Put, Store } from '../../../shared/store/store.ts';
import type { NamedThread, TestVendor } from '../../vendors/test-vendor.ts';
import type { Recorded } from './oracle.ts';
import type { Span } from './patience.ts';
import type { VirtualTime } from './virtual-time.ts';

interface Told extends NamedThread {
  readonly message: string;
  readonly words: string;
}

/** The event without its texts, but for those that name a message without an id: what the witness reads. */
export const composeBare: Compose = async ({ type, thread, message }, recordedAt) => {
  const data: Told = {
    lead: thread.lead.email,
    campaign: thread.campaign?.id ?? '',
    thread: thread.id,
    message: message.id,
    words: message.text ?? message.html ?? '',
  };
  return { type, timestamp: new Date(recordedAt).toISOString(), data } as never;
};

/** What numbered messages say. */
const NUMBER = /(?:reply|word)\. (\d+)/;

/** Sees what is stored, and what the vendor says, and when by the true time. */
export class Witness {
  readonly feedOn = new Map<string, number>();
  readonly goodPolls = new Map<string, Span[]>();
  /** When a feed was known to have rows that stand still, each of them was remembered, and its end was met. */
  readonly rowsKnown = new Map<string, Span[]>();
  readonly #saidAt = new Map<string, number>();
  readonly #recorded: { readonly at: number; readonly event: StoredEvent }[] = [];
  readonly #time: VirtualTime;
  readonly #vendor: TestVendor;
  readonly #world: World;
  readonly #connection: string;
  #switchedOn: number | undefined;

  constructor(time: VirtualTime, vendor: TestVendor, world: World, connection: string) {
    this.#time = time;
    this.#vendor = vendor;
    this.#world = world;
    this.#connection = connection;
  }

  /** When the connection was. */
  get switchedOn(): number | undefined {
    return this.#switchedOn;
  }

  watched(store: Store): Store {
    const time = this.#time;
    return {
      ...store,
      get: (address) => time.during(store.get(address)),
      list: (partition, prefix) => time.during(store.list(partition, prefix)),
      put: async (document, expected) => {
        const written = await time.during(store.put(document, expected));
        if (written) this.#note(document, expected);
        return written;
      },
    };
  }

  /** Notes when the vendor's answers first hold one of these texts. */
  heard(http: Http, texts: readonly string[]): Http {
    return async (request) => {
      const answer = await http(request);
      for (const text of texts)
        if (!this.#saidAt.has(text) && answer.body.includes(JSON.stringify(text)))
          this.#saidAt.set(text, this.#time.now());
      return answer;
    };
  }

  saidAt(text: string, otherwise: number): number {
    return this.#saidAt.get(text) ?? otherwise;
  }

  /** Feeds that were polled well in this time, both of their lists. */
  noteGood(lags: readonly PolledLag[], span: Span): void {
    for (const { feed, lagMs, interestedLagMs } of lags) {
      if (Math.max(lagMs, interestedLagMs) > span.to - span.from) continue;
      const spans = this.goodPolls.get(feed) ?? [];
      spans.push(span);
      this.goodPolls.set(feed, spans);
    }
  }

  /** The recorded replies, by the world's own names. */
  told(named: boolean): Recorded[] {
    return this.#recorded
      .filter(({ event: { type } }) => type.startsWith('reply.') && type !== 'reply.unreadable')
      .map(({ at, event: { type, body } }) => {
        const { data } = body as unknown as { data: Told };
        const thread = this.#vendor.threadNamed(this.#world, { ...data, thread: data.thread.toLowerCase() });
        const message = named ? data.message : this.#messageSaying(thread, data);
        return { type, at, thread: thread?.id ?? data.thread, message };
      });
  }

  /** Where messages have no ids: by the number in its words. */
  #messageSaying(thread: WorldThread | undefined, { message, words }: Told): string {
    const number = NUMBER.exec(words)?.[1];
    const told = thread?.messages.find(({ text }) => NUMBER.exec(text)?.[1] === number);
    return told ? this.#vendor.messageId(told) : message;
  }

  #noteRows(feed: string, isKnown: boolean, at: number): void {
    const spans = this.rowsKnown.get(feed) ?? [];
    const last = spans.at(-1);
    const isOpen = last !== undefined && last.to === Number.POSITIVE_INFINITY;
    if (isKnown && !isOpen) spans.push({ from: at, to: Number.POSITIVE_INFINITY });
    if (!isKnown && isOpen) spans[spans.length - 1] = { from: last.from, to: at };
    this.rowsKnown.set(feed, spans);
  }

  #note({ partition, key, value }: Put, expected: number): void {
    const at = this.#time.now();
    // Nothing counts as read below pages that come again and again.
    const isKnown = 'stands' in value && value.stands === 0 && !('repeats' in value);
    if (partition.startsWith('SHARD#')) this.#noteRows(key.slice(this.#connection.length + 1), isKnown, at);
    if (partition.startsWith('SHARD#') && expected === 0) this.feedOn.set(key.slice(this.#connection.length + 1), at);
    if (partition === 'CONNECTIONS' && 'on' in value) this.#switchedOn ??= at;
    if (!partition.startsWith('EVENT#') || key !== 'event') return;
    const event = value as unknown as StoredEvent;
    if (event.kind === 'event') this.#recorded.push({ at, event });
  }
}
