import type { JsonObject } from '../shared/model.ts';
import type { HttpResponse } from '../shared/ports.ts';
import { bodyObject, json, type Scene } from './exchange.ts';
import { replyIn } from './sent-form.ts';
import type { WorldAttachment, WorldThread } from './world-model.ts';

const REPLY_FIELDS = [
  'senderEmail',
  'replyEmailBody',
  'originalEmailStatsId',
  'originalEmailMessageId',
  'originalEmailTime',
  'originalEmailBody',
  'leadEmail',
  'messageId',
] as const;
const FORWARD_FIELDS = ['senderEmail', 'leadEmail', 'statsId', 'toEmails', 'messageId'] as const;

type Fields<Name extends string> = Readonly<Record<Name, string>>;
interface Action<Name extends string> {
  readonly fields: Fields<Name>;
  readonly cc: readonly string[];
  readonly bcc: readonly string[];
  readonly thread: WorldThread;
  readonly request: JsonObject;
}

/** cc, bcc and toEmails are comma-separated (the page says so for `toEmails`; assumed for the others). */
const addresses = (list: unknown) =>
  typeof list === 'string'
    ? list
        .split(',')
        .map((address) => address.trim())
        .filter((address) => address !== '')
    : [];

const isAttachment = (value: unknown) =>
  typeof value === 'object' &&
  value !== null &&
  ['url', 'filename', 'contentType'].every((name) => typeof Reflect.get(value, name) === 'string');

/** Assumed: a conversation shows the files of a sent mail under the addresses they were given by. */
const filesOf = ({ attachments }: JsonObject): readonly WorldAttachment[] =>
  (Array.isArray(attachments) ? attachments : []).map((file) => ({
    url: String(Reflect.get(file, 'url')),
    filename: String(Reflect.get(file, 'filename')),
    contentType: String(Reflect.get(file, 'contentType')),
    sizeBytes: 0,
  }));

const isOptionalText = (value: unknown) => value === undefined || value === null || typeof value === 'string';

/** Assumed: the backend refuses what lacks a required field; the page only gives the form of an error. */
function readAction<const Name extends string>(
  { world }: Scene,
  campaignId: string,
  body: string | undefined,
  names: readonly (Name | 'leadEmail')[],
): Action<Name | 'leadEmail'> | { readonly status: number; readonly error: string } {
  const given = bodyObject(body);
  // Source: the gateway's code gives this answer to every exception, so also to a body it cannot parse.
  if (!given) return { status: 500, error: 'An unexpected error occurred' };
  const missing = names.find((name) => typeof given[name] !== 'string' || given[name] === '');
  if (missing) return { status: 400, error: `${missing} is required` };
  if (!isOptionalText(given.cc) || !isOptionalText(given.bcc))
    return { status: 400, error: 'cc and bcc must be strings' };
  const attachments = given.attachments ?? [];
  if (!Array.isArray(attachments) || !attachments.every(isAttachment))
    return { status: 400, error: 'Invalid attachments' };
  const fields = Object.fromEntries(names.map((name) => [name, String(given[name])])) as Fields<Name | 'leadEmail'>;
  world.look();
  const thread = world.threadOf(campaignId, fields.leadEmail);
  if (!thread) return { status: 404, error: 'Lead not found' };
  const request = given as JsonObject;
  return { fields, cc: addresses(given.cc), bcc: addresses(given.bcc), thread, request };
}

const holdsStats = (thread: WorldThread, statsId: string) =>
  thread.visible.some((message) => message.statsId === statsId);

const plain = (markup: string) =>
  markup
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();

export function cohesiveReply(scene: Scene, campaignId: string, body: string | undefined): HttpResponse {
  const action = readAction(scene, campaignId, body, REPLY_FIELDS);
  if ('error' in action) return json(scene, { error: action.error }, action.status);
  const { fields, cc, bcc, thread, request } = action;
  // Assumed: an original that is not in the conversation is refused.
  if (!holdsStats(thread, fields.originalEmailStatsId)) return json(scene, { error: 'Original email not found' }, 404);
  scene.world.send(
    replyIn(scene, thread, {
      vendor: 'cohesive',
      sender: fields.senderEmail,
      cc,
      bcc,
      html: fields.replyEmailBody,
      text: plain(fields.replyEmailBody),
      attachments: filesOf(request),
      request,
    }),
    scene.switches.sentDelayMs,
  );
  // Assumed wording.
  return json(scene, { message: 'Reply sent successfully' });
}

export function cohesiveForward(scene: Scene, campaignId: string, body: string | undefined): HttpResponse {
  const action = readAction(scene, campaignId, body, FORWARD_FIELDS);
  if ('error' in action) return json(scene, { error: action.error }, action.status);
  const { fields, cc, bcc, thread, request } = action;
  const to = addresses(fields.toEmails);
  if (to.length === 0) return json(scene, { error: 'toEmails is required' }, 400);
  const ofStats = thread.visible.filter((message) => message.statsId === fields.statsId);
  // Assumed: `statsId` names the group and `messageId` the message in it; the page's sample pairs do not match.
  const original = ofStats.find((message) => message.messageId === fields.messageId) ?? ofStats.at(-1);
  if (!original) return json(scene, { error: 'Email not found' }, 404);
  scene.world.send(
    {
      vendor: 'cohesive',
      kind: 'forward',
      threadId: thread.id,
      sender: fields.senderEmail,
      show: scene.switches.forwardsShow,
      to,
      cc,
      bcc,
      html: original.html,
      text: original.text,
      attachments: [...original.attachments, ...filesOf(request)],
      request,
    },
    scene.switches.sentDelayMs,
  );
  return json(scene, { message: 'Email forwarded successfully' });
}
