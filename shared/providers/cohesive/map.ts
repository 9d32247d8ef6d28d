import type { Attachment, Campaign, Thread } from '../../model.ts';
import { campaignStatus } from '../campaign-status.ts';
import { bareAddress, peopleOf, personOf } from '../mail-address.ts';
import type { Draft } from '../messages.ts';
import { rest, textOf } from '../tolerant.ts';
import { type Conversation, isSameCampaign, threadNames } from './thread-id.ts';
import type { CampaignWire, ConversationWire, MessageWire, RowWire } from './wire.ts';

export type Box = Thread['box'];
export type CampaignRef = { readonly id: string; readonly name?: string };

const NAMED_OF_ROW = new Set(['leadEmail', 'leadName', 'category', 'lastTimestamp', 'isInterested', 'tagline', 'tags']);
const NAMED_OF_MESSAGE = new Set(['id', 'time', 'from', 'to', 'emailBody', 'subject', 'cc', 'bcc', 'attachments']);

export function campaignOf(wire: CampaignWire): Campaign {
  return {
    id: wire.id,
    name: textOf(wire.name) ?? wire.id,
    status: campaignStatus(wire.status),
    vendor: rest(wire, new Set(['id', 'name', 'status'])),
  };
}

export function threadOf(row: RowWire, campaign: CampaignRef, box: Box): Omit<Thread, 'lastActivityAt'> {
  const preview = textOf(row.tagline);
  const names = { campaignId: campaign.id, leadEmail: row.leadEmail };
  const { id, name } = campaign;
  return {
    ...threadNames(names),
    campaign: { id, ...(name === undefined ? {} : { name }) },
    lead: personOf(row.leadEmail, row.leadName),
    box: row.category === 'reply' || row.category === 'sent' ? row.category : box,
    interested: row.isInterested ?? false,
    tags: (row.tags ?? []).flatMap((tag) => textOf(tag) ?? []),
    ...(preview === undefined ? {} : { preview }),
    vendor: rest(row, NAMED_OF_ROW),
  };
}

export interface Sides {
  /** Our addresses in this conversation, bare. */
  readonly senders: ReadonlySet<string>;
  readonly lead: string;
}

/** The page names no types: words that say which way a mail went. A reply of any further kind may be ours, and one that says both says nothing. */
const OUT = /(?:^|[^a-z])(?:sent|outbound|outgoing)(?![a-z])/i;
const IN = /^\s*(?:lead[^a-z]?)?repl(?:y|ied)\s*$|(?:^|[^a-z])(?:inbound|incoming|received)(?![a-z])/i;

function saidOf({ type }: MessageWire): Draft['direction'] | undefined {
  const words = type ?? '';
  const isOut = OUT.test(words);
  if (isOut === IN.test(words)) return undefined;
  return isOut ? 'outbound' : 'inbound';
}

const saysSent = (wire: MessageWire): boolean => saidOf(wire) === 'outbound';

/**
 * Who is who. Replies may come from an alias or a colleague of the lead, and ours from several mailboxes, so our side is
 * what the conversation calls its sender and whoever a SENT message comes from; never the lead itself. Inferred.
 */
export function sidesOf(
  conversation: Pick<ConversationWire, 'fromEmail' | 'toEmail'>,
  messages: readonly MessageWire[],
  leadEmail: string,
): Sides {
  const lead = bareAddress(leadEmail);
  const ours = messages.filter(saysSent).map(({ from }) => bareAddress(from));
  const mailbox = mailboxOf(conversation, leadEmail);
  if (mailbox !== undefined) ours.push(bareAddress(mailbox));
  return { senders: new Set(ours.filter((address) => address !== lead)), lead };
}

/** Our mailbox: `fromEmail`, unless that is the lead; which end it names is not documented. */
export function mailboxOf(
  { fromEmail, toEmail }: Pick<ConversationWire, 'fromEmail' | 'toEmail'>,
  leadEmail: string,
): string | undefined {
  const lead = bareAddress(leadEmail);
  const ours = [fromEmail, toEmail].find(
    (address) => textOf(address) !== undefined && bareAddress(address ?? '') !== lead,
  );
  return ours ?? undefined;
}

/** What goes to the lead alone is ours, whichever of our mailboxes it comes from. */
function isToLead(wire: MessageWire, { lead }: Sides): boolean {
  const to = peopleOf(wire.to);
  return to.length > 0 && to.every(({ email }) => bareAddress(email) === lead);
}

/** The vendor's own word first: a lead may answer from an alias that `fromEmail` names. Addresses where it says neither. */
function directionOf(wire: MessageWire, sides: Sides): Draft['direction'] {
  const from = bareAddress(wire.from);
  return (
    saidOf(wire) ?? (from !== sides.lead && (sides.senders.has(from) || isToLead(wire, sides)) ? 'outbound' : 'inbound')
  );
}

function attachmentOf(wire: NonNullable<MessageWire['attachments']>[number]): Attachment {
  const url = textOf(wire.url);
  return {
    filename: textOf(wire.filename) ?? 'attachment',
    contentType: textOf(wire.contentType) ?? 'application/octet-stream',
    ...(url === undefined ? {} : { url }),
  };
}

/** A conversation may show what the lead wrote to other campaigns, and `campaignId` says to which. Documented. */
function belongingOf({ campaignId }: MessageWire, shownIn: Conversation): Pick<Draft, 'belongsTo'> {
  const campaign = textOf(campaignId);
  if (campaign === undefined || isSameCampaign(campaign, shownIn.campaignId)) return {};
  return { belongsTo: { campaign, ...threadNames({ ...shownIn, campaignId: campaign }) } };
}

export function messageOf(wire: MessageWire, sides: Sides, shownIn: Conversation): Draft {
  const id = textOf(wire.id);
  const subject = textOf(wire.subject);
  const html = textOf(wire.emailBody);
  return {
    ...(id === undefined ? {} : { id }),
    direction: directionOf(wire, sides),
    from: personOf(wire.from),
    to: peopleOf(wire.to),
    cc: peopleOf(wire.cc),
    bcc: peopleOf(wire.bcc),
    ...(subject === undefined ? {} : { subject }),
    ...(html === undefined ? {} : { html }),
    sentAt: wire.time.at,
    ...belongingOf(wire, shownIn),
    attachments: (wire.attachments ?? []).map(attachmentOf),
    vendor: rest(wire, NAMED_OF_MESSAGE),
  };
}
