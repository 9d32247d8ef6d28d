import type { Event, ReplyData } from '../../shared/events/event.ts';
import { cut } from '../../shared/text/plain.ts';
import { type Later, leadOf } from '../items.ts';
import { isRecord } from '../memory.ts';

/** Zapier takes 20 MB in all and slows down far below; a single reply keeps to this. */
const TEXT_CHARACTERS_MAX = 100_000;

export interface HookItem {
  readonly id: string;
  readonly [field: string]: unknown;
}

const emails = (people: readonly { readonly email: string }[]) => people.map(({ email }) => email);

/** A reply, under the names that the polling triggers give its fields; its id is that of the event. */
export function replyItem(id: string, data: ReplyData, later: Later): HookItem {
  const { thread, message, campaign, lead } = data;
  const isLong = message.text.length > TEXT_CHARACTERS_MAX || (message.html?.length ?? 0) > TEXT_CHARACTERS_MAX;
  return {
    id,
    thread_id: thread.id,
    connection: data.connection,
    provider: data.provider,
    campaign_id: campaign?.id ?? null,
    campaign_name: campaign?.name ?? null,
    ...leadOf(lead),
    message_id: message.id,
    is_first_reply: message.isFirst,
    from_email: message.from.email,
    from_name: message.from.name,
    to: emails(message.to),
    cc: emails(message.cc),
    subject: message.subject ?? thread.subject,
    text: cut(message.text, TEXT_CHARACTERS_MAX),
    html: (message.html?.length ?? 0) > TEXT_CHARACTERS_MAX ? null : message.html,
    sent_at: message.sentAt,
    preview: message.preview,
    mailbox: message.mailbox,
    attachments: message.attachments.map(({ filename, contentType, sizeBytes, url }) => ({
      filename,
      content_type: contentType,
      size_bytes: sizeBytes,
      url,
      file: url === null ? null : later.file({ url, filename, contentType }),
    })),
    intent: thread.intent,
    interested: thread.interested,
    starred: thread.starred,
    read: thread.read,
    tags: thread.tags,
    last_activity_at: thread.lastActivityAt,
    message_count: thread.messageCount,
    truncated: data.truncated === true || isLong,
    thread_url: later.link?.(thread.id) ?? null,
    vendor: data.vendor,
    thread_history: later.history(thread.id),
  };
}

type Decision = Extract<Event, { readonly type: 'send.needs_decision' }>['data'];

export function decisionItem(id: string, data: Decision, timestamp: string, later: Later): HookItem {
  return {
    id,
    send_id: data.send,
    thread_id: data.thread,
    connection: data.connection,
    provider: data.provider,
    kind: data.kind,
    attempt: data.attempt,
    detail: data.detail,
    asked_at: timestamp,
    thread_url: later.link?.(data.thread) ?? null,
  };
}

/** Our own payload, as far as it must be one to be read. */
export function isEvent(value: unknown): value is Event {
  if (!isRecord(value) || typeof value.type !== 'string' || !isRecord(value.data)) return false;
  const { data } = value;
  if (value.type === 'send.needs_decision') return typeof data.send === 'string' && typeof data.thread === 'string';
  if (value.type !== 'reply.received' && value.type !== 'reply.interested') return true;
  return isRecord(data.message) && isRecord(data.thread) && isRecord(data.lead) && Array.isArray(data.message.to);
}
