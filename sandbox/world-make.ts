import type { Instant } from '../shared/model.ts';
import type { Random } from '../shared/ports.ts';
import { seededUuid } from './seeded.ts';
import type { NewMessage, NewThread, WorldMessage, WorldThread } from './world-model.ts';

type Open<Type> = { -readonly [Key in keyof Type]: Type[Key] };

/** A thread in the world's own hands. */
export type MutableThread = Open<Omit<WorldThread, 'messages' | 'visible' | 'labels'>> & {
  messages: WorldMessage[];
  visible: WorldMessage[];
  labels: { at: Instant; intent: string | null }[];
};

export function makeThread(fields: NewThread, random: Random, now: Instant): MutableThread {
  return {
    id: seededUuid(random),
    leadId: seededUuid(random),
    inboxId: seededUuid(random),
    vendor: null,
    inboxEmail: 'you@company.com',
    subject: 'Quick question',
    statsId: seededUuid(random),
    createdAt: now,
    tags: [],
    intent: null,
    read: false,
    starred: false,
    archivedAt: null,
    followUpsCancelledAt: null,
    messages: [],
    visible: [],
    visibleInbound: 0,
    lastActivityAt: 0,
    version: 1,
    labels: fields.intent ? [{ at: now, intent: fields.intent }] : [],
    ...fields,
  };
}

const escapeHtml = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const htmlOf = (text: string) => `<p>${escapeHtml(text).replaceAll('\n', '<br>')}</p>`;

export function makeMessage(thread: MutableThread, fields: NewMessage, random: Random): WorldMessage {
  const replyId = seededUuid(random);
  const inbound = fields.direction === 'inbound';
  return {
    threadId: thread.id,
    replyId,
    messageId: `<${replyId.slice(0, 18)}@mail.example>`,
    statsId: thread.statsId,
    visibleAt: fields.sentAt,
    from: inbound ? thread.leadEmail : thread.inboxEmail,
    to: inbound ? thread.inboxEmail : thread.leadEmail,
    cc: [],
    bcc: [],
    subject: thread.messages.length === 0 ? thread.subject : `Re: ${thread.subject}`,
    html: htmlOf(fields.text),
    attachments: [],
    sequenceNumber: null,
    ...fields,
  };
}
