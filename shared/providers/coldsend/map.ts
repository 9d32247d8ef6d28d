import { INTERESTED, normalisedLabel } from '../../labels.ts';
import { type Attachment, type Campaign, foldedId, type JsonObject, type Message, type Thread } from '../../model.ts';
import { campaignStatus } from '../campaign-status.ts';
import { peopleOf, personOf } from '../mail-address.ts';
import type { Draft } from '../messages.ts';
import type { ReadRow } from '../row-times.ts';
import { rest, textOf } from '../tolerant.ts';
import type { CampaignWire, DetailsWire, MessageWire, RowWire } from './wire.ts';

const NAMED_OF_ROW = new Set([
  'thread_id',
  'lead_email',
  'lead_name',
  'campaign_name',
  'campaign_id',
  'subject',
  'last_message_preview',
  'last_message_at',
  'is_read',
  'is_starred',
  'reply_count',
  'category',
  'tags',
  'created_at',
  'inbox_email',
]);
const NAMED_OF_MESSAGE = new Set([
  'reply_id',
  'from_email',
  'to_email',
  'subject',
  'body_text',
  'body_html',
  'is_outgoing',
  'created_at',
  'attachments',
]);

/** A UUID, which names the same thread in either letter case. */
export const threadKey = (id: string): string => id.toLowerCase();

/** `External` stands for a thread outside any campaign. Source: thread details reference page. */
function campaignName(name: string | null | undefined): string | undefined {
  return name === 'External' ? undefined : textOf(name);
}

/** The details say nothing of a campaign, not even that there is none. */
export const isSilentOnCampaign = ({ campaign_id: id, campaign_name: name }: DetailsWire): boolean =>
  id === undefined && textOf(name) === undefined;

/** The element type of `tags` is not documented: text, or an object with a name. */
function tagsOf(tags: readonly unknown[] | null | undefined): readonly string[] {
  return (tags ?? []).flatMap((tag) => {
    const name = typeof tag === 'object' && tag !== null && 'name' in tag ? tag.name : tag;
    return textOf(name) ?? [];
  });
}

function common(wire: RowWire | DetailsWire) {
  const subject = textOf(wire.subject);
  const intent = textOf(wire.category);
  return {
    lead: personOf(wire.lead_email, wire.lead_name),
    box: 'reply' as const,
    ...(subject === undefined ? {} : { subject }),
    ...(intent === undefined ? {} : { intent }),
    interested: intent !== undefined && normalisedLabel(intent) === INTERESTED,
    ...(wire.is_starred == null ? {} : { starred: wire.is_starred }),
    ...(wire.is_read == null ? {} : { read: wire.is_read }),
    tags: tagsOf(wire.tags),
    ...(wire.reply_count == null ? {} : { messageCount: wire.reply_count }),
    vendor: rest(wire, NAMED_OF_ROW),
  };
}

export function rowOf(row: RowWire, raw: unknown): ReadRow {
  const preview = textOf(row.last_message_preview);
  const thread = {
    id: row.thread_id,
    key: threadKey(row.thread_id),
    campaign: campaignNamed(row),
    ...common(row),
    ...(preview === undefined ? {} : { preview }),
  };
  return { thread, at: row.last_message_at ?? undefined, raw };
}

export function campaignNamed(wire: Pick<DetailsWire, 'campaign_id' | 'campaign_name'>): Thread['campaign'] {
  const id = textOf(wire.campaign_id);
  const name = campaignName(wire.campaign_name);
  if (id === undefined && name === undefined) return null;
  return { ...(id === undefined ? {} : { id }), ...(name === undefined ? {} : { name }) };
}

/** Details carry no time of the last message, so it is taken from the messages. */
export function threadOfDetails(details: DetailsWire, messages: readonly Message[]): Thread {
  return {
    id: details.thread_id,
    key: threadKey(details.thread_id),
    campaign: campaignNamed(details),
    ...common(details),
    lastActivityAt: messages.at(-1)?.sentAt ?? details.created_at ?? 0,
  };
}

/** Hides `gcs_path`, a path inside the vendor's own storage. */
function attachmentOf(wire: NonNullable<MessageWire['attachments']>[number]): Attachment {
  const url = textOf(wire.url);
  return {
    filename: textOf(wire.filename) ?? 'attachment',
    contentType: textOf(wire.content_type) ?? 'application/octet-stream',
    ...(wire.size_bytes == null ? {} : { sizeBytes: wire.size_bytes }),
    ...(url === undefined ? {} : { url }),
  };
}

export function messageOf(wire: MessageWire): Draft {
  const id = wire.reply_id && foldedId(wire.reply_id);
  const subject = textOf(wire.subject);
  const text = textOf(wire.body_text);
  const html = textOf(wire.body_html);
  return {
    ...(id ? { id } : {}),
    direction: wire.is_outgoing ? 'outbound' : 'inbound',
    from: personOf(wire.from_email),
    to: peopleOf(wire.to_email),
    cc: [],
    bcc: [],
    ...(subject === undefined ? {} : { subject }),
    ...(text === undefined ? {} : { text }),
    ...(html === undefined ? {} : { html }),
    sentAt: wire.created_at,
    attachments: (wire.attachments ?? []).map(attachmentOf),
    vendor: rest(wire, NAMED_OF_MESSAGE),
  };
}

/** Our mailbox, as the newest message shows it: who sent what went out, or got what came in. */
export function mailboxOf(messages: readonly Message[]): string | undefined {
  const newest = messages.at(-1);
  const person = newest?.direction === 'outbound' ? newest.from : newest?.to[0];
  return textOf(person?.email);
}

export function campaignOf(wire: CampaignWire): Campaign {
  return {
    id: wire.campaign_id,
    name: textOf(wire.name) ?? wire.campaign_id,
    status: campaignStatus(wire.status),
    vendor: rest(wire, new Set(['campaign_id', 'name', 'status'])),
  };
}

export function idOfRow(raw: JsonObject): string | undefined {
  const id = textOf(raw.thread_id);
  return id === undefined ? undefined : threadKey(id);
}

export function idOfMessage(raw: JsonObject): string | undefined {
  const id = textOf(raw.reply_id) ?? textOf(raw.message_id);
  return id === undefined ? undefined : foldedId(id);
}
