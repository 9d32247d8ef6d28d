import type { Instant, JsonObject } from '../model.ts';

/**
 * Where a document lives. Documents of one partition are read together by one Query. Neither part is empty; a partition takes
 * 2,048 bytes of UTF-8, a key 1,024, and both together 1,007 where the document is due or in the timeline. Order is that of
 * the bytes. Half of a surrogate pair is stored as U+FFFD.
 */
export interface Address {
  readonly partition: string;
  readonly key: string;
}

export interface Document extends Address {
  /** 1 after the first put, one more with each. */
  readonly version: number;
  /** As it was stored; whoever wants to know what is in it reads it by its collection. */
  readonly value: unknown;
  /** When somebody must look at it; absent when nobody must. */
  readonly dueAt?: Instant;
  /** Its place in the timeline of events; set once, never changed. */
  readonly recordedAt?: Instant;
}

export interface Put extends Address {
  readonly value: JsonObject;
  readonly dueAt?: Instant;
  readonly recordedAt?: Instant;
}

/** What is said of a document that cannot be read. */
export interface UnreadableDocument {
  readonly address: Address;
  readonly version: number;
  /** Names and shapes, never values. */
  readonly why: string;
}

/** One page of the timeline. */
export interface TimelinePage {
  readonly limit: number;
  /** The `cursor` of the page before, in the same order. */
  readonly after?: string;
  /** Oldest first unless said. */
  readonly order?: 'oldest' | 'newest';
}

/**
 * Versioned documents with single-item conditional writes and two indexes: what is due, and the timeline.
 * No transactions, no leases. A put whose answer is lost may answer `false` on the client's own retry although it was
 * carried out: callers treat `false` as "somebody, perhaps I, was first" and read again.
 */
export interface Store {
  /** Told of each document that is there and that its collection cannot read. Set where there is somebody to tell. */
  readonly unreadable?: (found: UnreadableDocument) => void;
  /** Consistent. Nothing is at an address where nothing can be. */
  get(address: Address): Promise<Document | undefined>;
  /** Consistent, in order of key, the whole partition or what starts with `prefix`. */
  list(partition: string, prefix?: string): Promise<readonly Document[]>;
  /** Writes if the stored version equals `expected` (0: if absent). False, and nothing written, otherwise. */
  put(document: Put, expected: number): Promise<boolean>;
  /** Deletes if the stored version equals `expected`. */
  remove(address: Address, expected: number): Promise<boolean>;
  /** Addresses due at or before `before`, earliest first; eventually consistent, so read again before acting. */
  due(before: Instant, limit: number): Promise<readonly Address[]>;
  /** Addresses due later than `after`, in no order; eventually consistent. What is written meanwhile may be among them. */
  dueAfter(after: Instant): AsyncIterable<Address>;
  /** Addresses in the timeline from `from` on; eventually consistent. */
  timeline(
    from: Instant,
    page: TimelinePage,
  ): Promise<{ readonly addresses: readonly Address[]; readonly cursor?: string }>;
}
