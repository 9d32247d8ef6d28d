import { createHash } from 'node:crypto';
import { compose, safeHtmlOf } from '../shared/events/compose.ts';
import { eventId, type ReplyData } from '../shared/events/event.ts';
import type { Attachment, Message, Person, Thread, ThreadElsewhere } from '../shared/model.ts';
import type { ThreadContent } from '../shared/provider.ts';
import { cleanText } from '../shared/text/plain.ts';

/** Zapier takes 20 MB in all and slows down far below; a single reply keeps to this. Source: operating constraints page. */
export const TEXT_CHARACTERS_MAX = 100_000;

const iso = (instant: number) => new Date(instant).toISOString();
export const emails = (people: readonly { readonly email: string }[]) => people.map(({ email }) => email);

/** A reply as it is remembered: all that does not change when its thread's labels do. */
export interface ComposedReply {
  readonly messageId: string;
  readonly sentAt: number;
  readonly campaign: ReplyData['campaign'];
  readonly message: ReplyData['message'];
  readonly vendor: ReplyData['vendor'];
  readonly truncated: boolean;
  /** As {@link Message.belongsTo}. */
  readonly belongsTo?: ThreadElsewhere;
}

/** One inbound message, read and made safe by the same code that writes events. */
export async function composeReply(
  provider: string,
  thread: Thread,
  content: ThreadContent,
  message: Message,
): Promise<ComposedReply> {
  const happening = { type: 'reply.received', connection: provider, provider, thread, content, message } as const;
  const { data } = await compose(happening, message.sentAt);
  if (!('message' in data)) throw new Error('a reply was composed as something else');
  const isLong = (data.message.html?.length ?? 0) > TEXT_CHARACTERS_MAX;
  return {
    messageId: message.id,
    sentAt: message.sentAt,
    campaign: data.campaign,
    message: isLong ? { ...data.message, html: null } : data.message,
    vendor: data.vendor,
    truncated: data.truncated === true || isLong,
    ...(message.belongsTo && { belongsTo: message.belongsTo }),
  };
}

/** What a thread's row says, under the names that every item uses. */
function stateOf(thread: Thread) {
  return {
    intent: thread.intent ?? null,
    interested: thread.interested,
    starred: thread.starred ?? null,
    read: thread.read ?? null,
    tags: thread.tags,
    last_activity_at: iso(thread.lastActivityAt),
    message_count: thread.messageCount ?? null,
  };
}

function whereOf(provider: string, thread: Thread) {
  return {
    provider,
    campaign_id: thread.campaign?.id ?? null,
    campaign_name: thread.campaign?.name ?? null,
    ...leadOf(thread.lead),
  };
}

/** "Doe, Jane" and "Jane van Doe" both have a first name; one word alone is taken for it. */
export function namesOf(name: string | null | undefined): {
  readonly first: string | null;
  readonly last: string | null;
} {
  const words = (name ?? '').trim().split(/\s+/).filter(Boolean);
  const comma = /^([^,]+),\s*([^,]+)$/.exec(words.join(' '));
  if (comma) return { first: comma[2] ?? null, last: comma[1] ?? null };
  return { first: words[0] ?? null, last: words.slice(1).join(' ') || null };
}

/** A lead as every item names it. */
export function leadOf({ email, name }: { readonly email: string | null; readonly name?: string | null | undefined }) {
  const { first, last } = namesOf(name);
  return { lead_email: email, lead_name: name ?? null, lead_first_name: first, lead_last_name: last };
}

/** Makes the values that Zapier fetches when a later step uses them. */
export interface Later {
  history(threadId: string): string;
  /** Where a person reads the thread; null without a console. */
  readonly link?: (threadId: string) => string | null;
  file(file: { readonly url: string; readonly filename: string; readonly contentType: string }): string | null;
}

const fileFields = ({
  filename,
  contentType,
  sizeBytes,
  url,
}: Omit<Attachment, 'sizeBytes' | 'url'> & {
  readonly sizeBytes?: number | null | undefined;
  readonly url?: string | null | undefined;
}) => ({ filename, content_type: contentType, size_bytes: sizeBytes ?? null, url: url ?? null });

export function replyFiles(files: ReplyData['message']['attachments'], later: Later) {
  return files.map(({ filename, contentType, sizeBytes, url }) => ({
    ...fileFields({ filename, contentType, sizeBytes, url }),
    file: url === null ? null : later.file({ url, filename, contentType }),
  }));
}

/** The newest inbound reply of a thread as both triggers give it out; without one, what is known of its thread. */
export function replyItem(
  id: string,
  { provider, thread, reply, later }: ReplyParts & { readonly reply?: ComposedReply },
): ReplyItem {
  const message = reply?.message;
  const where = whereOf(provider, thread);
  return {
    id,
    thread_id: thread.id,
    ...where,
    campaign_id: reply?.campaign?.id ?? where.campaign_id,
    campaign_name: reply?.campaign?.name ?? where.campaign_name,
    message_id: message?.id ?? null,
    is_first_reply: message?.isFirst ?? null,
    from_email: message?.from.email ?? null,
    from_name: message?.from.name ?? null,
    to: emails(message?.to ?? []),
    cc: emails(message?.cc ?? []),
    subject: message?.subject ?? thread.subject ?? null,
    text: message?.text ?? null,
    html: message?.html ?? null,
    sent_at: message?.sentAt ?? null,
    preview: message?.preview ?? thread.preview ?? null,
    mailbox: message?.mailbox ?? null,
    attachments: replyFiles(message?.attachments ?? [], later),
    ...stateOf(thread),
    truncated: reply?.truncated ?? false,
    vendor: reply?.vendor ?? thread.vendor,
    thread_url: later.link?.(thread.id) ?? null,
    thread_history: later.history(thread.id),
  };
}

export interface ReplyParts {
  readonly provider: string;
  readonly thread: Thread;
  readonly later: Later;
}

export type ReplyItem = { readonly id: string } & Readonly<Record<string, unknown>>;

/** The id of an event, with the provider in the place of a connection: the same in every Zap, for ever. */
export const receivedId = (provider: string, thread: Thread, messageId: string) =>
  eventId('reply.received', provider, thread.key, messageId);

/** Once for each thread. The thread's key holds its campaign where the vendor's own id of a thread does not. */
export const interestedId = (provider: string, thread: Thread) => eventId('reply.interested', provider, thread.key);

/** Once for each thread and label, however the label is spelled. */
export function labelledId(provider: string, thread: Thread, label: string): string {
  const hash = createHash('sha256').update(JSON.stringify([provider, thread.key, label]));
  return `lbl_${hash.digest('hex').slice(0, 32)}`;
}

export function threadItem(provider: string, thread: Thread, later: Pick<Later, 'link'> = {}) {
  return {
    id: thread.id,
    ...whereOf(provider, thread),
    subject: thread.subject ?? null,
    preview: thread.preview ?? null,
    ...stateOf(thread),
    thread_url: later.link?.(thread.id) ?? null,
    vendor: thread.vendor,
  };
}

/** Its HTML is what the triggers give of the same message. */
export async function messageItem(threadId: string, message: Message, text: string) {
  const html = (await safeHtmlOf(message)) || null;
  return {
    id: message.id,
    thread_id: threadId,
    direction: message.direction,
    from_email: message.from.email,
    from_name: message.from.name ?? null,
    to: emails(message.to),
    cc: emails(message.cc),
    subject: message.subject ?? null,
    text: cleanText(text).slice(0, TEXT_CHARACTERS_MAX),
    html: (html?.length ?? 0) > TEXT_CHARACTERS_MAX ? null : html,
    sent_at: iso(message.sentAt),
    attachments: message.attachments.map(fileFields),
    vendor: message.vendor,
  };
}

export const nameOf = ({ name, email }: Person) => name ?? email;
