/** Milliseconds since 1970 UTC. */
export type Instant = number;

/** Plain JSON, as a vendor or our own store wrote it. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

export interface Person {
  readonly email: string;
  readonly name?: string;
}

/** The union of both vendors' words, lower case; a word we do not know reads as `unknown`. */
export const CAMPAIGN_STATUSES = [
  'draft',
  'active',
  'paused',
  'completed',
  'stopped',
  'archived',
  'failed',
  'unknown',
] as const;
export type CampaignStatus = (typeof CAMPAIGN_STATUSES)[number];

export interface Campaign {
  readonly id: string;
  readonly name: string;
  readonly status: CampaignStatus;
  readonly vendor: JsonObject;
}

/** One conversation with one lead, as a list row shows it. What a vendor does not say is absent. */
export interface Thread {
  /** What users and APIs pass around, without the connection: ColdSend's thread_id; Cohesive's base64url of [campaign id, lead address as given]. */
  readonly id: string;
  /** Identity for hashing: `id`, with a lead's address in lower case where the id holds one. */
  readonly key: string;
  readonly campaign: { readonly id?: string; readonly name?: string } | null;
  readonly lead: Person;
  /** Cohesive's `category`: which of its lists the row came from. */
  readonly box: 'reply' | 'sent';
  readonly subject?: string;
  /** The vendor's own label, as given. */
  readonly intent?: string;
  readonly interested: boolean;
  readonly starred?: boolean;
  readonly read?: boolean;
  readonly tags: readonly string[];
  readonly preview?: string;
  /** A hint: neither vendor says what moves it. */
  readonly lastActivityAt: Instant;
  /** A change hint only (ColdSend's `reply_count`). */
  readonly messageCount?: number;
  /**
   * Only of a row of a list whose time could not be read: a number that changes when the row does. `lastActivityAt` is then a
   * neighbour's in the list.
   */
  readonly changeHint?: number;
  /**
   * Of a vendor whose lists carry messages: those of this row, in order. A thread may have several rows, and is opened only for what
   * one cannot tell: what came late, and which message of an interested thread is the newest.
   */
  readonly messages?: readonly Message[];
  /** What the vendor sent that this model does not name. */
  readonly vendor: JsonObject;
}

export interface Attachment {
  readonly filename: string;
  readonly contentType: string;
  readonly sizeBytes?: number;
  readonly url?: string;
}

export interface Message {
  /** Unique within its thread, never alone (one mail can be shown in two threads). */
  readonly id: string;
  readonly direction: 'inbound' | 'outbound';
  readonly from: Person;
  readonly to: readonly Person[];
  readonly cc: readonly Person[];
  readonly bcc: readonly Person[];
  readonly subject?: string;
  /** As the vendor gave it: untrimmed, unsanitised. At least one of text and html, unless the mail was empty. */
  readonly text?: string;
  readonly html?: string;
  /** By the clock of whoever sent it, where the vendor tells both. */
  readonly sentAt: Instant;
  /** When the vendor got it, by the vendor's clock. */
  readonly arrivedAt?: Instant;
  /** Only of a message that the vendor shows here though it says that it is another campaign's: the thread of that one. */
  readonly belongsTo?: ThreadElsewhere;
  readonly attachments: readonly Attachment[];
  readonly vendor: JsonObject;
}

/** A lead's thread in another campaign than the one whose conversation was read. */
export interface ThreadElsewhere extends Pick<Thread, 'id' | 'key'> {
  readonly campaign: string;
}

/** When a message came, by the vendor's clock where it tells that one: a sender's clock may be wrong. */
export const cameAt = ({ arrivedAt, sentAt }: Pick<Message, 'arrivedAt' | 'sentAt'>): Instant => arrivedAt ?? sentAt;

/** In order of when they came; of equal times by id, by code unit, the same on every machine. */
export const compareMessages = (one: Message, other: Message): number =>
  cameAt(one) - cameAt(other) || (one.id < other.id ? -1 : Number(one.id > other.id));

/** UUIDs, and hexadecimal numbers of some length; also before the host of a Message-ID, which has no case either. */
const CASELESS_ID = /^<?(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{16,})(?:@[a-z0-9.-]+>?)?$/i;

/** An id in small letters where its letters are digits; in all others capitals may name another thing. */
export function foldedId(id: string): string {
  const small = id.toLowerCase();
  return small !== id && CASELESS_ID.test(id) ? small : id;
}

function inOtherLetters(id: string): readonly string[] {
  if (!CASELESS_ID.test(id)) return [id];
  const capitals = id.toLowerCase().replace(/[^@]*/, (digits) => digits.toUpperCase());
  return [id, id.toLowerCase(), capitals, id.toUpperCase()];
}

const BRACKETED = /^<([^<>@]+@[^<>@]+)>$/;
const BARE = /^[^\s<>@]+@[^\s<>@]+$/;

/** The same id as a vendor may write it otherwise: in other letters, a Message-ID with its brackets or without. */
export function otherSpellings(id: string): readonly string[] {
  const bare = BRACKETED.exec(id)?.[1];
  const other = bare ?? (BARE.test(id) ? `<${id}>` : undefined);
  const spellings = new Set([id, ...(other === undefined ? [] : [other])].flatMap(inOtherLetters));
  spellings.delete(id);
  return [...spellings];
}

/** Something a vendor sent that could not be read; it is told about, and the rest of the page goes on. */
export interface Unreadable {
  /** Stable for the same thing: the vendor's own id where one could be found, else a hash of the JSON. */
  readonly id: string;
  /** Names and shapes only, never values: fit for logs and events. */
  readonly issues: readonly string[];
  /** Where it stands among what was sent with it, from 0. */
  readonly place?: number;
  /** Its own time, where that alone can be read. */
  readonly at?: Instant;
}
