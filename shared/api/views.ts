import type { Attachment, Instant, Message, Person, Thread } from '../model.ts';
import type { EventLog } from '../outbox/outbox.ts';
import type { StoredSend } from '../sending/send.ts';
import { meaningOf } from '../sending/words.ts';
import { ownText } from '../text/read.ts';
import type { EventView, List, MessageView, SendView, ThreadView } from './shapes.ts';

const time = (instant: Instant): string => new Date(instant).toISOString();
const optionalTime = (instant: Instant | undefined): string | null => (instant === undefined ? null : time(instant));
const person = ({ email, name }: Person) => ({ email, name: name ?? null });

export function threadView(connection: string, thread: Thread): ThreadView {
  const { campaign } = thread;
  return {
    id: `${connection}/${thread.id}`,
    connection,
    campaign: campaign && { id: campaign.id ?? null, name: campaign.name ?? null },
    lead: person(thread.lead),
    box: thread.box,
    subject: thread.subject ?? null,
    intent: thread.intent ?? null,
    interested: thread.interested,
    starred: thread.starred ?? null,
    read: thread.read ?? null,
    tags: [...thread.tags],
    preview: thread.preview ?? null,
    lastActivityAt: time(thread.lastActivityAt),
    messageCount: thread.messageCount ?? null,
    vendor: thread.vendor,
  };
}

const attachment = ({ filename, contentType, sizeBytes, url }: Attachment) => ({
  filename,
  contentType,
  sizeBytes: sizeBytes ?? null,
  url: url ?? null,
});

export function messageView(message: Message): MessageView {
  return {
    id: message.id,
    direction: message.direction,
    from: person(message.from),
    to: message.to.map(person),
    cc: message.cc.map(person),
    bcc: message.bcc.map(person),
    subject: message.subject ?? null,
    text: message.text ?? null,
    html: message.html ?? null,
    ownText: ownText(message) || null,
    sentAt: time(message.sentAt),
    attachments: message.attachments.map(attachment),
    vendor: message.vendor,
  };
}

export function eventView({ stored, deliveries, recordedAt }: EventLog): EventView {
  const { id, type, connection, body } = stored;
  const shown = Object.entries(deliveries ?? {}).map(([sink, delivery]) => [
    sink,
    {
      state: delivery.state,
      tries: delivery.tries,
      nextAt: optionalTime(delivery.nextAt),
      triedAt: optionalTime(delivery.triedAt),
      lastError: delivery.lastError ?? null,
    },
  ]);
  return {
    id,
    type,
    connection,
    recordedAt: time(recordedAt),
    deliveries: deliveries ? Object.fromEntries(shown) : null,
    event: body ?? null,
  };
}

/** Never the mail's words: who may see that it was sent need not see what it says. */
export function sendView(send: StoredSend): SendView {
  const { id, key, state, kind, connection, threadId, mail, by, acceptedAt, attempt } = send;
  return {
    id,
    key,
    state,
    meaning: meaningOf(send),
    kind,
    connection,
    thread: `${connection}/${threadId}`,
    to: mail?.kind === 'forward' ? [...mail.to] : null,
    by,
    acceptedAt: time(acceptedAt),
    goesAt: state === 'waiting' && attempt === 0 ? optionalTime(send.holdUntil) : null,
    attempt,
    messageId: send.messageId ?? null,
    seenAs: send.seenAs ?? null,
    refusedRecipients: [...(send.refusedRecipients ?? [])],
    steps: send.steps.map((step) => ({ at: time(step.at), state: step.state, detail: step.detail })),
  };
}

/** A list that is whole. */
export const listed = <Item>(items: readonly Item[]): List<Item> => ({
  items,
  cursor: null,
  failures: [],
  unreadable: 0,
});
