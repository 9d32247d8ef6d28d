import type { JsonObject } from '../shared/model.ts';
import type { HttpResponse } from '../shared/ports.ts';
import { type Issue, unprocessable } from './coldsend-checks.ts';
import { bodyObject, isRecord, json, type Scene } from './exchange.ts';
import { replyIn } from './sent-form.ts';
import type { WorldAttachment, WorldThread } from './world-model.ts';

const ATTACHMENTS_MAX = 5;
const ATTACHMENT_BYTES_MAX = 10 * 1024 * 1024;

const isText = (value: unknown) => typeof value === 'string' && value !== '';
const isOptionalText = (value: unknown) => value === undefined || value === null || typeof value === 'string';

function attachmentIssues(attachments: unknown): Issue[] {
  if (attachments === undefined || attachments === null) return [];
  const at = (msg: string, type: string): Issue => ({ loc: ['body', 'attachments'], msg, type });
  if (!Array.isArray(attachments)) return [at('Input should be a valid list', 'list_type')];
  if (attachments.length > ATTACHMENTS_MAX)
    return [at('List should have at most 5 items after validation', 'too_long')];
  if (!attachments.every((file) => isRecord(file) && isText(file.filename) && isText(file.content_base64))) {
    return [at('Field required', 'missing')];
  }
  // Assumed: the 10 MB are counted on what the base64 stands for.
  const bytes = attachments.reduce((sum, file) => sum + Buffer.byteLength(String(file.content_base64), 'base64'), 0);
  return bytes > ATTACHMENT_BYTES_MAX ? [at('Attachments exceed 10 MB', 'value_error')] : [];
}

/** Assumed: a thread shows the files of a sent mail as it shows those of a lead's. */
function filesOf({ attachments }: Readonly<Record<string, unknown>>): readonly WorldAttachment[] {
  return (Array.isArray(attachments) ? attachments : []).filter(isRecord).map((file) => ({
    filename: String(file.filename),
    contentType: typeof file.content_type === 'string' ? file.content_type : 'application/octet-stream',
    sizeBytes: Buffer.byteLength(String(file.content_base64), 'base64'),
    url: `https://files.coldsend.example/${encodeURIComponent(String(file.filename))}`,
  }));
}

/** Source: the send-a-reply reference page: either of `body` and `html_body` is enough; the replies page requires `body`. */
function replyIssues(given: Readonly<Record<string, unknown>> | undefined): Issue[] {
  if (!given) return [{ loc: ['body'], msg: 'Field required', type: 'missing' }];
  const wrong = ['body', 'html_body'].filter((name) => !isOptionalText(given[name]));
  if (wrong.length > 0) {
    return wrong.map((name) => ({ loc: ['body', name], msg: 'Input should be a valid string', type: 'string_type' }));
  }
  if (!isText(given.body) && !isText(given.html_body)) {
    return [{ loc: ['body', 'body'], msg: 'Field required', type: 'missing' }];
  }
  return attachmentIssues(given.attachments);
}

export function sendReply(scene: Scene, thread: WorldThread, body: string | undefined): HttpResponse {
  const given = bodyObject(body);
  const issues = replyIssues(given);
  if (!given || issues.length > 0) return unprocessable(scene, issues);
  // Assumed: an archived thread has no inbox to send from.
  if (thread.archivedAt !== null) return json(scene, { detail: 'Thread is archived' }, 400);
  const { world, switches } = scene;
  const sent = world.send(
    replyIn(scene, thread, {
      vendor: 'coldsend',
      text: typeof given.body === 'string' ? given.body : '',
      html: typeof given.html_body === 'string' ? given.html_body : '',
      attachments: filesOf(given),
      request: given as JsonObject,
    }),
    switches.sentDelayMs,
  );
  // Source: the replies page: a reply cancels the lead's pending follow-ups.
  world.cancelFollowUps(thread.id);
  return json(scene, {
    success: true,
    message: 'Reply queued successfully',
    from_address: thread.inboxEmail,
    to_address: thread.leadEmail,
    message_id: switches.coldsendNullMessageId ? null : sent.messageId,
    thread_id: thread.id,
  });
}

export function markRead(scene: Scene, thread: WorldThread, body: string | undefined): HttpResponse {
  const unread = scene.switches.coldsendUnread && bodyObject(body)?.is_read === false;
  const changed = thread.read === unread;
  if (changed) scene.world.setRead(thread.id, !unread);
  return json(scene, {
    success: true,
    message: `Thread marked as ${unread ? 'unread' : 'read'}`,
    // Assumed: the messages whose mark changed.
    marked_count: changed ? thread.visibleInbound : 0,
    thread_ids: [thread.id],
  });
}

export function toggleStar(scene: Scene, thread: WorldThread): HttpResponse {
  scene.world.setStarred(thread.id, !thread.starred);
  return json(scene, {
    success: true,
    message: thread.starred ? 'Thread starred' : 'Thread unstarred',
    thread_id: thread.id,
    is_starred: thread.starred,
  });
}
