import type { Json, Message } from '../../model.ts';
import type { Forwarder, OutgoingAttachment, ReplySender, Takes } from '../../provider.ts';
import type { Vendor } from '../define-provider.ts';
import { invalid, joined } from '../refuse.ts';
import { type History, type Original, post, readConversation } from './api.ts';
import { conversationNamed } from './feeds.ts';

type Action = 'reply' | 'forward';

function outgoing({ label }: Vendor, action: Action, attachments: readonly OutgoingAttachment[]): Json {
  return attachments.map(({ url, filename, contentType }) => ({
    url: url ?? invalid(label, action, 'attachments are taken by public URL, not as files'),
    filename,
    contentType,
  }));
}

/** The newest inbound message of the campaign that can be answered, else the newest of all; of others where it has none. */
function chosenOf({ messages, originals }: History): Message | undefined {
  const all = messages.filter(({ id }) => originals.has(id));
  const own = all.filter(({ belongsTo }) => belongsTo === undefined);
  const answerable = own.length > 0 ? own : all;
  return answerable.findLast(({ direction }) => direction === 'inbound') ?? answerable.at(-1);
}

/** Ours of the mailboxes the message names, so that an answer leaves from where the lead wrote to; else the conversation's. */
function senderOf({ messages, mailbox }: History, chosen: Message): string | undefined {
  if (chosen.direction === 'outbound') return chosen.from.email;
  const ours = new Set(
    messages.flatMap(({ direction, from }) => (direction === 'outbound' ? [from.email.toLowerCase()] : [])),
  );
  const addressed =
    chosen.to.find(({ email }) => ours.has(email.toLowerCase())) ?? (mailbox ? undefined : chosen.to[0]);
  return addressed?.email ?? mailbox;
}

/** Both actions name our mailbox, the lead, and the message acted on, copied from the conversation. Source: "Typical Workflow", API page. */
async function prepare(vendor: Vendor, action: Action, threadId: string) {
  const conversation = conversationNamed(vendor, threadId, action);
  const history = await readConversation(vendor, conversation);
  const chosen = chosenOf(history);
  const original: Original | undefined = chosen && history.originals.get(chosen.id);
  if (!chosen || !original)
    return invalid(vendor.label, action, 'the thread has no message with the ids that an answer must name');
  const senderEmail = senderOf(history, chosen);
  if (!senderEmail) return invalid(vendor.label, action, 'the thread does not say which mailbox is ours');
  return { conversation, original, senderEmail };
}

/** The page gives no limits; `cc` and `bcc` are fields of both bodies. */
const TAKES: Takes = { copies: true, attachments: { by: 'url' } };

export function replies(vendor: Vendor): ReplySender {
  return {
    takes: TAKES,
    words: 'html',
    async prepare({ threadId, html, cc, bcc, attachments }) {
      const files = outgoing(vendor, 'reply', attachments);
      const copies = { cc: joined(vendor.label, 'reply', 'cc', cc), bcc: joined(vendor.label, 'reply', 'bcc', bcc) };
      const { conversation, original, senderEmail } = await prepare(vendor, 'reply', threadId);
      const body = {
        senderEmail,
        replyEmailBody: html,
        originalEmailStatsId: original.statsId,
        originalEmailMessageId: original.id,
        originalEmailTime: original.time,
        originalEmailBody: original.body,
        ...copies,
        leadEmail: conversation.leadEmail,
        messageId: original.id,
        attachments: files,
      };
      return { post: () => post(vendor, conversation.campaignId, 'reply', body) };
    },
  };
}

export function forwards(vendor: Vendor): Forwarder {
  return {
    takes: TAKES,
    // The body has no field for one.
    takesNote: false,
    shows: 'perhaps',
    async prepare({ threadId, to, cc, bcc, note, attachments }) {
      const { label } = vendor;
      if (note !== undefined) invalid(label, 'forward', 'a forward takes no note; send it as a reply, or leave it out');
      const files = outgoing(vendor, 'forward', attachments);
      const toEmails =
        joined(label, 'forward', 'to', to) ?? invalid(label, 'forward', 'at least one recipient is needed');
      const copies = { cc: joined(label, 'forward', 'cc', cc), bcc: joined(label, 'forward', 'bcc', bcc) };
      const { conversation, original, senderEmail } = await prepare(vendor, 'forward', threadId);
      const body = {
        senderEmail,
        leadEmail: conversation.leadEmail,
        statsId: original.statsId,
        ...copies,
        toEmails,
        messageId: original.id,
        attachments: files,
      };
      return { post: () => post(vendor, conversation.campaignId, 'forward', body) };
    },
  };
}
