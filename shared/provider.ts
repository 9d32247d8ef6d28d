import { ProviderError } from './failure.ts';
import type { Campaign, Instant, Message, Thread, Unreadable } from './model.ts';
import type { Ports } from './ports.ts';

/** What is polled: one Cohesive campaign, or one ColdSend workspace. */
export interface Feed {
  /** Stable within the connection: the campaign id, or `workspace`. */
  readonly id: string;
  readonly campaign: Campaign | null;
}

/**
 * Where a reading of a list goes on: the provider's own text, at most 200 characters, which nobody else reads. It can be stored and
 * gone on from at any later time; one that the provider cannot read any more begins at the top.
 */
export type Position = string;

/** One page of a feed's list. */
export interface RowPage {
  readonly rows: readonly Thread[];
  readonly unreadable: readonly Unreadable[];
  /** Rows the vendor sent, readable or not. */
  readonly received: number;
  /** Rows in the whole (filtered) list, where the vendor says so. */
  readonly total?: number;
  /** The vendor's `Date` header. Absent when it sent none. */
  readonly date?: Instant;
  /**
   * Where the list goes on below this page; absent at its end. The page there joins this one: no row that stays in the list is left
   * out between them, though others come, go and move meanwhile. It may repeat rows of this one.
   */
  readonly next?: Position;
  /** A group of equal times that ends here and is longer than a page. */
  readonly shuffled?: Shuffled;
}

/** Rows of one moment that fill more than a page and stand in another order at each request, so that some may not have been met. */
export interface Shuffled {
  readonly at: Instant;
  /** Rows of the moment, as their places tell. */
  readonly rows: number;
  /** Where they begin. */
  readonly from: Position;
}

/** A page as it came. Most come again just as they were, and parsing them would be the most work of an idle poll. */
export interface RowAnswer extends Pick<RowPage, 'date'> {
  /** Of the answer's text: two answers to one question with the same fingerprint are the same page, but for the date. */
  fingerprint(): string;
  /** How the vendor's filter for interested leads was spelled, where it takes a label. */
  readonly label?: string;
  /** Calls it took: more than one where pages had to be asked for until they joined. */
  readonly calls: number;
  /** Throws `wire` for what cannot be relied on. */
  page(): RowPage;
}

/** Which page of a feed's list is asked for. */
export interface RowQuery {
  /** The most rows wanted; a vendor may send fewer before the end. */
  readonly rows: number;
  /** The top of the list without one. */
  readonly position?: Position;
  /** The list is known to be in no order of time, so that pages cannot be joined by it. */
  readonly unordered?: true;
  /** Nothing of the list is read again below its end: a vendor that may have cut a page short is asked once more before that is believed. */
  readonly certain?: true;
  /** The one filter. */
  readonly interested?: true;
  /** The spelling seen last, where this process has seen none yet. */
  readonly label?: string;
}

export interface ThreadContent {
  /** Every readable message, in order of (when it came, id). */
  readonly messages: readonly Message[];
  readonly unreadable: readonly Unreadable[];
  /** What is known of the thread beyond its row; remembered by the caller as `campaignId` of the next opening. */
  readonly campaign: { readonly id?: string; readonly name?: string } | null;
  /** The mailbox of ours this thread runs through, where known. */
  readonly mailbox?: string;
  /** The vendor's own clock when it was read, where its answer told it. */
  readonly date?: Instant;
  /** How it failed to ask what else there is to know of the thread: its messages are here, and that is not. */
  readonly lacks?: ProviderError;
}

export interface FeedReader {
  /** The feeds of this connection. `campaigns`: ids from the config, or ['*'] for all (drafts excepted). */
  feeds(campaigns: readonly string[]): Promise<readonly Feed[]>;
  /** A page of threads with replies. Order is assumed newest activity first and checked by the caller. */
  rows(feed: Feed, query: RowQuery): Promise<RowAnswer>;
  /** So many rows further down than a position whose page cannot be read. A vendor that only goes on from page to page lacks it. */
  below?(position: Position, rows: number): Position;
  /** Opens a thread of the list. `campaignId`: what an earlier opening said ('' for none), which saves a call. */
  open(thread: Thread, known?: { readonly campaignId: string }): Promise<ThreadContent>;
  /** Rows a page can hold at the most; 0 when the vendor decides. */
  readonly pageRowsMax: number;
  /** Calls of one poll on average, by operation: two pages, and room for openings. What the key's budgets must bear. */
  readonly callsPerPoll: Readonly<Record<string, number>>;
  /** How long the interested list may go unread beyond its first page, where a total does not tell: 30 or 60 min. */
  readonly interestedScanMs: number;
}

export interface CampaignReader {
  list(): Promise<readonly Campaign[]>;
}

export interface ThreadQuery {
  readonly campaign?: string;
  readonly interested?: boolean;
  readonly intent?: string;
  readonly starred?: boolean;
  readonly unread?: boolean;
  readonly search?: string;
  /** The vendor's own sort word; refused where the vendor takes none. */
  readonly sort?: string;
}

export interface ThreadPage {
  readonly threads: readonly Thread[];
  readonly unreadable: readonly Unreadable[];
  /** Opaque; absent at the end. */
  readonly cursor?: string;
}

export interface ThreadReader {
  /** One page of threads with replies, live from the vendor. May be empty before the end where we filter ourselves. */
  list(query: ThreadQuery, cursor?: string): Promise<ThreadPage>;
  /** The thread with every message. Throws `not-found`. */
  read(threadId: string): Promise<{ readonly thread: Thread; readonly content: ThreadContent }>;
  /** The messages alone, at the least cost. Throws `not-found`. */
  content(threadId: string): Promise<ThreadContent>;
  /** {@link Thread.key} of an id, without asking the vendor. Throws `not-found` for what is no id. */
  keyOf(threadId: string): string;
}

/** The list of sent mail (Cohesive's inbox/all). */
export interface SentReader {
  list(query: Pick<ThreadQuery, 'campaign' | 'search' | 'sort'>, cursor?: string): Promise<ThreadPage>;
}

/** An outgoing file: by URL or by content; each vendor takes one of the two. */
export interface OutgoingAttachment {
  readonly filename: string;
  readonly contentType: string;
  readonly url?: string;
  readonly contentBase64?: string;
}

/** What its content takes once decoded; 0 for one by URL. */
export const attachmentBytes = ({ contentBase64 = '' }: OutgoingAttachment): number =>
  Math.floor((contentBase64.replace(/[=\s]+/g, '').length * 3) / 4);

/** What a mail may carry. */
export interface Takes {
  /** cc and bcc. */
  readonly copies: boolean;
  readonly attachments:
    | { readonly by: 'url' }
    | { readonly by: 'content'; readonly countMax: number; readonly bytesMax: number };
}

export interface ReplyDraft {
  readonly threadId: string;
  readonly html: string;
  readonly text: string;
  readonly cc: readonly string[];
  readonly bcc: readonly string[];
  readonly attachments: readonly OutgoingAttachment[];
}

export interface Receipt {
  /** The vendor's id of the mail, where it gives one. */
  readonly messageId?: string;
  /** Recipients the mail server did not take, though it took the mail for others. */
  readonly refusedRecipients?: readonly string[];
}

/** A mail that is ready to go: what it needs was read and checked, and nothing has left. */
export interface Prepared {
  /**
   * Sends it. NOT idempotent, never retried; nothing is awaited before its first byte can leave, so that a deadline checked
   * before the call still holds. On a failure with `mayHaveHappened`, read the thread before trying again.
   */
  post(): Promise<Receipt>;
}

/** Which of a reply's two bodies the vendor is given: what it shows later is compared with that. */
export type ReplyWords = 'html' | 'text' | 'both';

export interface ReplySender {
  readonly takes: Takes;
  readonly words: ReplyWords;
  /** Reads what the mail needs and refuses what the vendor does not take; has no effect at the vendor. */
  prepare(draft: ReplyDraft): Promise<Prepared>;
  /** What else happens at the vendor, to be said wherever Reply is offered. */
  readonly sideEffect?: string;
}

export interface Forwarding {
  readonly threadId: string;
  /** Bare addresses, at least one. */
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly bcc: readonly string[];
  /** Own words on top; refused where {@link Forwarder.takesNote} is false. */
  readonly note?: string;
  readonly attachments: readonly OutgoingAttachment[];
}

export interface Forwarder {
  readonly takes: Takes;
  readonly takesNote: boolean;
  /** Whether the mail can be found in its thread afterwards. `perhaps`: not finding it proves nothing. */
  readonly shows: 'perhaps' | 'never';
  /** Same promise as {@link ReplySender.prepare}. */
  prepare(forwarding: Forwarding): Promise<Prepared>;
}

export interface Starrer {
  /** Idempotent, also where the vendor only offers a toggle: read, toggle if different, check. Resolves to the state seen last. */
  setStarred(threadId: string, starred: boolean): Promise<boolean>;
}

export interface ReadMarker {
  /** Idempotent. Resolves to the state seen last, which differs from `read` when the vendor ignored us. */
  setRead(threadId: string, read: boolean): Promise<boolean>;
}

/** Each thing a vendor may be able to do. A vendor that cannot simply lacks the key. */
export interface Capabilities {
  readonly campaigns: CampaignReader;
  readonly feeds: FeedReader;
  readonly threads: ThreadReader;
  readonly sent: SentReader;
  readonly replies: ReplySender;
  readonly forwards: Forwarder;
  readonly stars: Starrer;
  readonly readMarks: ReadMarker;
}
export type CapabilityName = keyof Capabilities;
type Core = 'campaigns' | 'feeds' | 'threads' | 'replies';
export type Given = Pick<Capabilities, Core> & Partial<Omit<Capabilities, Core>>;

/** One documented request budget. A vendor may state several that hold at once. */
export interface Quota {
  readonly requests: number;
  readonly perMs: number;
  /** The operations that count; all of them without it. */
  readonly operations?: readonly string[];
}

/** How much of the key's budgets is left, after the vendor's own headers have corrected our count. `operations`: all of them without it. */
export interface Budget {
  /** Calls of these operations that may be made right now; Infinity where the vendor states no quota. */
  available(operations?: readonly string[]): number;
  /** Milliseconds until one call may be made; 0 when one may be made now. */
  waitMs(): number;
  /** How far apart rounds of these calls, by operation, must lie for every quota to bear them for ever; 0 without a quota. */
  intervalMs(calls: Readonly<Record<string, number>>): number;
}

/** An answer as it came, whatever its status. */
export interface SeenAnswer {
  readonly operation: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The server's own clock. */
  readonly date?: Instant;
}

export type Connection = Given & {
  readonly provider: Pick<Provider, 'id' | 'label' | 'labels'>;
  readonly budget: Budget;
  /** The cheapest call that fails with `auth` for a bad key. `warning`: connected, but something looks wrong. */
  verify(): Promise<{ readonly warning?: string }>;
  /** Shows every answer from now on, until the function it gives is called. */
  watch(see: (answer: SeenAnswer) => void): () => void;
};

export interface ConnectOptions {
  readonly apiKey: string;
  readonly baseUrl?: string;
  /** Share of every quota this connection may use, 0 to 1: polling owns 0.6, actions the rest. */
  readonly quotaShare: number;
}

/** The headers that carry a key: which, and how it is written in them, is the vendor's to say. Names in lower case. */
export type KeyHeaders = (apiKey: string) => Readonly<Record<string, string>>;

export interface Provider {
  /** Stored in cursors and connections: never renamed. */
  readonly id: string;
  readonly label: string;
  readonly baseUrl: string;
  /** Where the key goes in each call. */
  readonly keyHeaders: KeyHeaders;
  readonly quotas: readonly Quota[];
  /** A connection is one feed, whatever its campaigns. */
  readonly oneFeed?: true;
  /** Threads carry labels of the vendor's own; without, a lead is interested or not, and that is all. */
  readonly labels?: true;
  /** Known without a key. */
  readonly supports: ReadonlySet<CapabilityName>;
  connect(options: ConnectOptions, ports: Ports): Connection;
}

/** The capability, or `unsupported`: the only question ever asked about who a provider is. */
export function need<Name extends CapabilityName>(connection: Connection, name: Name): Capabilities[Name] {
  const given: Partial<Capabilities> = connection;
  const capability = given[name];
  if (capability) return capability;
  throw new ProviderError(
    { kind: 'unsupported', capability: name },
    { provider: connection.provider.label, operation: name },
  );
}
