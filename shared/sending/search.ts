import type { Instant, Message } from '../model.ts';
import { fingerprintsOf, identify, type Known } from './fingerprint.ts';
import { likenessOf, type Sought } from './identity.ts';
import { alike, type Likeness, OTHER, SAME } from './likeness.ts';
import { CLOCKS_APART_MS } from './limits.ts';
import type { StoredSend } from './send.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

export interface Since {
  /** The newest outgoing messages that were there before. */
  readonly before: readonly Known[];
  /** When the newest of them was sent, by the vendor's clock; what is much older was there before too. */
  readonly newestBefore: Instant;
  /** When the mail was posted, by the vendor's clock; absent for one that was not. */
  readonly postedAt?: Instant;
}

export interface Alike {
  readonly message: Message;
  /** Ends the sentence "the same words, but …". */
  readonly because: string;
}

export interface Found {
  /** What is this mail, word for word, oldest first. */
  readonly same: readonly Message[];
  /** What may be it, and may be another. */
  readonly alike: readonly Alike[];
  /** Outgoing messages that came since and are other mails. */
  readonly others: number;
}

/** The outgoing messages that came since. One that was there before under another id is not new. */
async function freshOf(messages: readonly Message[], { before, newestBefore }: Since): Promise<readonly Message[]> {
  const outgoing = messages.filter(
    ({ direction, sentAt }) => direction === 'outbound' && sentAt >= newestBefore - CLOCKS_APART_MS,
  );
  const known = identify(before, await fingerprintsOf(outgoing));
  return outgoing.filter(({ id }) => !known.has(id));
}

/** The vendor's own name for a mail, where its answer and the message both carry it. */
export const hasId = ({ id, vendor }: Message, messageId: string | undefined): boolean =>
  messageId !== undefined && (id === messageId || vendor.message_id === messageId);

/** Both names are those of mail, and they are not the same. */
export function namesAnother({ id, vendor }: Message, messageId: string | undefined): boolean {
  if (messageId?.includes('@') !== true) return false;
  const names = [id, vendor.message_id].filter((name) => typeof name === 'string' && name.includes('@'));
  return names.length > 0 && !names.includes(messageId);
}

/** What is looked for; without a mail, whose words were forgotten, by the vendor's id alone. */
export type Wanted = Partial<Sought> & { readonly messageId?: string };

async function likeness(
  { mail, words, messageId }: Wanted,
  message: Message,
  all: readonly Message[],
  postedAt: Instant = 0,
): Promise<Likeness> {
  if (hasId(message, messageId)) return SAME;
  const found = mail && words ? await likenessOf({ mail, words }, message, all) : OTHER;
  if (found.kind !== 'same') return found;
  // It may confirm a send there, and one message confirms no second one. Where no message names the campaign itself, the vendor's field
  // means something else.
  if (message.belongsTo && all.some(({ belongsTo }) => !belongsTo)) return alike('they were sent in another campaign');
  // Somebody's of the same words that shows up late; or the vendor's times are off.
  return isEarly(message, postedAt)
    ? alike(`they are dated ${spanOf(postedAt - message.sentAt)} before this was sent`)
    : found;
}

/** Dated before a post by more than clocks differ by. */
export const isEarly = ({ sentAt }: Message, postedAt: Instant = 0): boolean => postedAt - sentAt > CLOCKS_APART_MS;

const spanOf = (ms: number) =>
  ms < 2 * HOUR_MS ? `${Math.round(ms / MINUTE_MS)} minutes` : `${Math.round(ms / HOUR_MS)} hours`;

/** Looks for a mail among the outgoing messages that came since. */
export async function searchMail(wanted: Wanted, messages: readonly Message[], since: Since): Promise<Found> {
  const same: Message[] = [];
  const doubtful: Alike[] = [];
  const fresh = await freshOf(messages, since);
  for (const message of fresh) {
    const found = await likeness(wanted, message, messages, since.postedAt);
    if (found.kind === 'same') same.push(message);
    else if (found.kind === 'alike') doubtful.push({ message, because: found.because });
  }
  return { same, alike: doubtful, others: fresh.length - same.length - doubtful.length };
}

/**
 * What a later search must know of the conversation as it is now. Only outgoing messages carry the vendor's own time; a
 * lead's may lie in the future.
 */
export async function sinceNow(messages: readonly Message[]): Promise<Since> {
  const outgoing = messages.filter(({ direction }) => direction === 'outbound');
  const newestBefore = Math.max(0, ...outgoing.map(({ sentAt }) => sentAt));
  const recent = outgoing.filter(({ sentAt }) => sentAt >= newestBefore - CLOCKS_APART_MS);
  return { before: await knownOf(recent), newestBefore };
}

async function knownOf(messages: readonly Message[]): Promise<readonly Known[]> {
  return [...(await fingerprintsOf(messages))].map(([id, fingerprint]) => ({ id, fingerprint }));
}

/** What a send keeps of the conversation as it was before its first post. */
export const kept = ({ before, newestBefore }: Since, postedAt: Instant) => ({
  before: before.map(({ id }) => id),
  beforeAs: before.map(({ fingerprint = '' }) => fingerprint),
  newestBefore,
  postedAt,
});

/** From when on a mail of a send matters, as {@link kept} before its first post; everything where it had none. */
export function sincePosted({ before = [], beforeAs = [], newestBefore = 0, postedAt }: Posted): Since {
  const known = before.map((id, at) => ({ id, fingerprint: beforeAs[at] }));
  return { before: known, newestBefore, ...(postedAt === undefined ? {} : { postedAt }) };
}

type Posted = Pick<StoredSend, 'before' | 'beforeAs' | 'newestBefore' | 'postedAt'>;

/** What went out since the lead wrote last; undefined where no lead has written. */
export function sinceAnswered(messages: readonly Message[]): Since | undefined {
  const answered = messages.findLast(({ direction }) => direction === 'inbound');
  if (!answered) return undefined;
  const older = messages.filter(({ sentAt }) => sentAt <= answered.sentAt);
  return { before: older.map(({ id }) => ({ id })), newestBefore: answered.sentAt };
}
