import type { Campaign, JsonObject, Message, Person, Thread } from '../../../../shared/model.ts';
import { campaignStatus } from '../../../../shared/providers/campaign-status.ts';
import { rest, textOf } from '../../../../shared/providers/tolerant.ts';
import type { CampaignWire, ConversationWire, MessageWire, PersonWire } from './wire.ts';

export const INTERESTED = 7;

const NAMED_OF_MESSAGE = new Set([
  'id',
  'conversation',
  'direction',
  'from',
  'to',
  'cc',
  'subject',
  'text',
  'html',
  'sent',
  'received',
  'files',
]);

const personOf = ({ email, name }: PersonWire): Person => (name ? { email, name } : { email });

export function messageOf(wire: MessageWire): Message {
  const subject = textOf(wire.subject);
  const text = textOf(wire.text);
  const html = textOf(wire.html);
  return {
    id: wire.id,
    direction: wire.direction === 'in' ? 'inbound' : 'outbound',
    from: personOf(wire.from),
    to: (wire.to ?? []).map(personOf),
    cc: (wire.cc ?? []).map(personOf),
    bcc: [],
    ...(subject === undefined ? {} : { subject }),
    ...(text === undefined ? {} : { text }),
    ...(html === undefined ? {} : { html }),
    sentAt: wire.sent ?? wire.received,
    arrivedAt: wire.received,
    attachments: (wire.files ?? []).map(({ name, type, bytes, url }) => ({
      filename: name,
      contentType: type ?? 'application/octet-stream',
      ...(bytes == null ? {} : { sizeBytes: bytes }),
      ...(url == null ? {} : { url }),
    })),
    vendor: rest(wire, NAMED_OF_MESSAGE),
  };
}

export function campaignOfConversation({ campaign }: ConversationWire): Thread['campaign'] {
  if (!campaign) return null;
  const name = textOf(campaign.name);
  return { id: campaign.id, ...(name === undefined ? {} : { name }) };
}

export function threadOf(conversation: ConversationWire, lastActivityAt: number): Thread {
  const { id, label, contact } = conversation;
  const subject = textOf(conversation.subject);
  return {
    id,
    key: id,
    campaign: campaignOfConversation(conversation),
    lead: personOf(contact),
    box: 'reply',
    ...(subject === undefined ? {} : { subject }),
    ...(label == null ? {} : { intent: String(label) }),
    interested: label === INTERESTED,
    tags: [],
    lastActivityAt,
    vendor: {},
  };
}

/** A row is one message, and shows the conversation it is of. */
export const rowOf = (wire: MessageWire): Thread => ({
  ...threadOf(wire.conversation, wire.received),
  messages: [messageOf(wire)],
});

export const campaignOf = (wire: CampaignWire): Campaign => ({
  id: wire.id,
  name: textOf(wire.name) ?? wire.id,
  status: campaignStatus(wire.state),
  vendor: rest(wire, new Set(['id', 'name', 'state'])),
});

export const idOf = (raw: JsonObject): string | undefined => textOf(raw.id);
