import type { Campaign, Instant, Json, JsonObject, Message, Thread, Unreadable } from '../../model.ts';
import type { Receipt } from '../../provider.ts';
import type { Vendor } from '../define-provider.ts';
import { inOrder } from '../messages.ts';
import { refuseUnreadable } from '../refuse.ts';
import { type ReadRow, withTimes } from '../row-times.ts';
import { fieldsOf, flagOf, parseEach, ROOM_FOR_REPLIES, textOf } from '../tolerant.ts';
import { type Box, type CampaignRef, campaignOf, mailboxOf, messageOf, sidesOf, threadOf } from './map.ts';
import type { Conversation } from './thread-id.ts';
import { CampaignWire, ConversationWire, ListWire, MessageWire, RowWire, SentWire } from './wire.ts';

/** GET /campaigns: an array without paging. */
export async function listCampaigns({ call, label, log }: Vendor): Promise<readonly Campaign[]> {
  const operation = 'list campaigns';
  const { value } = await call({ operation, path: ['campaigns'], schema: ListWire });
  const { items, unreadable } = parseEach(value, CampaignWire, campaignOf, () => undefined);
  refuseUnreadable(label, operation, items, unreadable);
  if (unreadable.length > 0) log.warn('cohesive.campaigns.unreadable', { rows: unreadable.length });
  return [...new Map(items.map((campaign) => [campaign.id, campaign])).values()];
}

export interface InboxQuery {
  readonly offset: number;
  readonly sortBy?: string;
  readonly search?: string;
  /** A string in the documentation, so a string here. */
  readonly isInterested?: 'true' | 'false';
}

export interface InboxPage {
  readonly threads: readonly Thread[];
  readonly unreadable: readonly Unreadable[];
  readonly received: number;
}

export interface InboxAnswer {
  readonly date?: Instant;
  fingerprint(): string;
  page(): InboxPage;
}

/** A filter that the vendor does not know lists everything: a row that says it is none of these is believed. */
const isNotDenied = ({ raw }: ReadRow): boolean => flagOf(fieldsOf(raw).isInterested) !== false;

/** GET /{campaignId}/inbox/replies and …/inbox/all, which despite its name is the list of sent mail. */
export async function listInbox(
  { exchange }: Vendor,
  { campaign, box, query }: { readonly campaign: CampaignRef; readonly box: Box; readonly query: InboxQuery },
): Promise<InboxAnswer> {
  const { parse, fingerprint, date } = await exchange({
    operation: box === 'sent' ? 'list sent' : 'list threads',
    scope: campaign.id,
    path: [campaign.id, 'inbox', box === 'sent' ? 'all' : 'replies'],
    query: { ...query },
    schema: ListWire,
    bytesMax: ROOM_FOR_REPLIES,
  });
  return {
    ...(date === undefined ? {} : { date }),
    fingerprint,
    page() {
      const rows = parse();
      const rowOf = (row: RowWire, raw: unknown): ReadRow => ({
        thread: threadOf(row, campaign, box),
        at: row.lastTimestamp ?? undefined,
        raw,
      });
      // Without a lead's address a row has no name.
      const timeOf = ({ lastTimestamp }: JsonObject) => lastTimestamp;
      const read = parseEach(rows, RowWire, rowOf, () => undefined, timeOf);
      const items = query.isInterested === 'true' ? read.items.filter(isNotDenied) : read.items;
      return { threads: withTimes(items), unreadable: read.unreadable, received: rows.length };
    },
  };
}

/** What an answer to a message must repeat of it, letter by letter. */
export interface Original {
  readonly id: string;
  readonly statsId: string;
  readonly time: string;
  readonly body: string;
}

export interface History {
  readonly messages: readonly Message[];
  readonly unreadable: readonly Unreadable[];
  readonly mailbox?: string;
  /** The vendor's own clock when it was read. */
  readonly date?: Instant;
  /** By message id; only of messages that can be answered. */
  readonly originals: ReadonlyMap<string, Original>;
}

function originalOf({ id, statsId, time, emailBody }: MessageWire): readonly [string, Original] | undefined {
  if (!id || !statsId) return undefined;
  return [id, { id, statsId, time: time.given, body: emailBody ?? '' }];
}

/** GET /{campaignId}/conversation. */
export async function readConversation({ call }: Vendor, conversation: Conversation): Promise<History> {
  const { campaignId, leadEmail } = conversation;
  const { value, date } = await call({
    operation: 'read thread',
    scope: campaignId,
    path: [campaignId, 'conversation'],
    query: { leadEmail },
    schema: ConversationWire,
    bytesMax: ROOM_FOR_REPLIES,
  });
  const idOf = ({ id }: JsonObject) => textOf(id);
  const timeOf = ({ time }: JsonObject) => time;
  const { items: wires, unreadable } = parseEach(value.history ?? [], MessageWire, (wire) => wire, idOf, timeOf);
  const sides = sidesOf(value, wires, leadEmail);
  const mailbox = mailboxOf(value, leadEmail);
  return {
    messages: inOrder(wires.map((wire) => messageOf(wire, sides, conversation))),
    unreadable,
    originals: new Map(wires.map(originalOf).filter((pair) => pair !== undefined)),
    ...(mailbox === undefined ? {} : { mailbox }),
    ...(date === undefined ? {} : { date }),
  };
}

/** POST /{campaignId}/reply or …/forward. Sent once: a 500 may follow a mail that went out. Source: vendor's site repository. */
export async function post(
  { call }: Vendor,
  campaignId: string,
  action: 'reply' | 'forward',
  body: { readonly [field: string]: Json },
): Promise<Receipt> {
  await call({ operation: action, method: 'POST', path: [campaignId, action], body, schema: SentWire });
  return {};
}
