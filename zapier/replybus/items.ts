import type { Event, ReplyData } from '../../shared/events/event.ts';
import { cut } from '../../shared/text/plain.ts';
import { emails, type Later, leadOf, replyFiles, TEXT_CHARACTERS_MAX } from '../items.ts';
import { isRecord } from '../memory.ts';

export interface HookItem {
  readonly id: string;
  readonly [field: string]: unknown;
}

/** What the API and events say of a thread's row, under the names that every item uses. */
export const stateOf = ({
  intent,
  interested,
  starred,
  read,
  tags,
  lastActivityAt,
  messageCount,
}: Pick<
  ReplyData['thread'],
  'intent' | 'interested' | 'starred' | 'read' | 'tags' | 'lastActivityAt' | 'messageCount'
>) => ({
  intent,
  interested,
  starred,
  read,
  tags,
  last_activity_at: lastActivityAt,
  message_count: messageCount,
});

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
    attachments: replyFiles(message.attachments, later),
    ...stateOf(thread),
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
