import type { Instant, Message } from '../model.ts';
import type { OutgoingAttachment, Takes } from '../provider.ts';
import { textFromHtml } from '../text/html.ts';
import { cleanText } from '../text/plain.ts';
import { duplicateOf } from './conversation.ts';
import { storeFiles } from './files.ts';
import { TRY_MS } from './limits.ts';
import { indexSend } from './list.ts';
import type { SendingConnection, SendingPorts } from './ports.ts';
import { checkRecipients, RECIPIENTS_MAX } from './recipients.ts';
import { SendRefusal } from './refusal.ts';
import { hashOf, type Mail, readSend, type SendFile, type StoredSend, sendId, writeSend } from './send.ts';

const BODY_CHARACTERS_MAX = 100_000;
const KEY_CHARACTERS_MAX = 255;
const URL_CHARACTERS_MAX = 2_000;

interface Addressed {
  readonly connection: string;
  readonly threadId: string;
  readonly cc: readonly string[];
  readonly bcc: readonly string[];
  readonly attachments: readonly OutgoingAttachment[];
  /** The caller's name for this send: repeated, it names the same one. Derived from what is sent when absent. */
  readonly key?: string;
  /** Who asks: `api`, `cli`, `automation:SINK`. */
  readonly by: string;
}

export interface ReplyRequest extends Addressed {
  readonly kind: 'reply';
  /** At least one of the two; the other is derived. */
  readonly html?: string;
  readonly text?: string;
  readonly ifLatest?: string;
  /** The person who lets it pass an unsettled send, or the same words sent before. */
  readonly overrideBy?: string;
}

export interface ForwardRequest extends Addressed {
  readonly kind: 'forward';
  readonly to: readonly string[];
  readonly note?: string;
}

export type SendRequest = ReplyRequest | ForwardRequest;

export interface Accepted {
  readonly send: StoredSend;
  /** False: the same request was accepted before, and this is what became of it. */
  readonly isNew: boolean;
}

function connectionOf({ connections }: SendingPorts, id: string): SendingConnection {
  const found = connections.find((connection) => connection.id === id);
  if (found) return found;
  const known = connections.map((connection) => connection.id).join(', ') || 'none';
  throw new SendRefusal('not-found', `There is no connection "${id}"; the config names: ${known}.`);
}

function recipients(field: string, entries: readonly string[]): readonly string[] {
  const checked = checkRecipients(field, entries);
  if ('problem' in checked) throw new SendRefusal('invalid', checked.problem);
  return checked.addresses;
}

function people(request: SendRequest, takes: Takes, provider: string) {
  const to = request.kind === 'forward' ? recipients('to', request.to) : [];
  const cc = recipients('cc', request.cc);
  const bcc = recipients('bcc', request.bcc);
  if (request.kind === 'forward' && to.length === 0)
    throw new SendRefusal('invalid', 'A forward needs at least one address in "to".');
  if (to.length + cc.length + bcc.length > RECIPIENTS_MAX)
    throw new SendRefusal(
      'invalid',
      `A mail goes to at most ${RECIPIENTS_MAX} people; take some out of to, cc and bcc.`,
    );
  if (!takes.copies && cc.length + bcc.length > 0) {
    const detail = `${provider} sends a reply to the lead alone, without cc or bcc; leave them out, or forward the thread to the others.`;
    throw new SendRefusal('unsupported', detail);
  }
  return { to, cc, bcc };
}

const decodedBytes = (base64: string) => Math.floor((base64.replace(/[=\s]+/g, '').length * 3) / 4);
const megabytes = (bytes: number) => `${Math.round(bytes / 1024 / 1024)} MB`;

function checkFiles(attachments: readonly OutgoingAttachment[], { attachments: takes }: Takes, provider: string): void {
  for (const { filename, url, contentBase64 } of attachments) {
    const name = filename.slice(0, 80);
    if ((url === undefined) === (contentBase64 === undefined))
      throw new SendRefusal('invalid', `The attachment "${name}" needs either a url or its content.`);
    if (url !== undefined && (url.length > URL_CHARACTERS_MAX || !/^https?:\/\//i.test(url)))
      throw new SendRefusal(
        'invalid',
        `The address of the attachment "${name}" is not a web address; write it as https://host/file.`,
      );
    if (contentBase64 !== undefined && !/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(contentBase64))
      throw new SendRefusal('invalid', `The content of the attachment "${name}" is not base64.`);
  }
  if (takes.by === 'url') {
    const file = attachments.find(({ url }) => url === undefined);
    if (file === undefined) return;
    const detail = `${provider} takes attachments by web address only; put "${file.filename.slice(0, 80)}" somewhere public and give its address.`;
    throw new SendRefusal('unsupported', detail);
  }
  if (attachments.length > takes.countMax)
    throw new SendRefusal('invalid', `${provider} takes at most ${takes.countMax} attachments; leave some out.`);
  const bytes = attachments.reduce((sum, { contentBase64 }) => sum + decodedBytes(contentBase64 ?? ''), 0);
  if (bytes > takes.bytesMax)
    throw new SendRefusal(
      'invalid',
      `The attachments are larger than ${megabytes(takes.bytesMax)} together, which is all ${provider} takes.`,
    );
}

const escaped = (text: string) => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);

/** Paragraphs at empty lines, breaks at the others. */
export function htmlFromText(text: string): string {
  const paragraphs = escaped(cleanText(text).trim()).split(/\n{2,}/);
  return paragraphs.map((paragraph) => `<p>${paragraph.replaceAll('\n', '<br>')}</p>`).join('');
}

async function replyBody({ html, text }: ReplyRequest): Promise<{ readonly html: string; readonly text: string }> {
  const given = Math.max(html?.length ?? 0, text?.length ?? 0);
  if (given > BODY_CHARACTERS_MAX)
    throw new SendRefusal('invalid', `The reply is longer than ${BODY_CHARACTERS_MAX} characters; shorten it.`);
  const plain = text?.trim() ? cleanText(text) : html === undefined ? '' : await textFromHtml(html, { history: true });
  if (plain.trim() === '') throw new SendRefusal('invalid', 'The reply is empty; write something.');
  return { text: plain, html: html?.trim() ? html.toWellFormed() : htmlFromText(plain) };
}

const fileOf = ({ filename, contentType, url }: OutgoingAttachment): SendFile => ({
  filename,
  contentType,
  ...(url === undefined ? {} : { url }),
});

function takesOf({ id, connection, forwards }: SendingConnection, request: SendRequest): Takes {
  const { label } = connection.provider;
  if (request.kind === 'reply') return connection.replies.takes;
  if (!forwards) {
    const detail = `${label} has no forward of its own; add "forwarding" with your mail server ("smtp") and sender ("from") to the config, and Replybus forwards threads of ${id} through it.`;
    throw new SendRefusal('unsupported', detail);
  }
  if (request.note !== undefined && !forwards.takesNote)
    throw new SendRefusal(
      'unsupported',
      `${label} forwards the thread as it is, without a note on top; leave the note out.`,
    );
  return forwards.takes;
}

async function mailOf(connection: SendingConnection, request: SendRequest): Promise<Mail> {
  const { label } = connection.connection.provider;
  const takes = takesOf(connection, request);
  const { to, cc, bcc } = people(request, takes, label);
  checkFiles(request.attachments, takes, label);
  const files = request.attachments.map(fileOf);
  if (request.kind === 'reply') return { kind: 'reply', ...(await replyBody(request)), cc, bcc, files };
  const note = request.note?.trim() ? cleanText(request.note) : undefined;
  return { kind: 'forward', to, cc, bcc, files, ...(note === undefined ? {} : { note }) };
}

/** What makes two requests the same: all of what is sent, files by their content. */
function payloadOf(threadKey: string, { connection, attachments }: SendRequest, mail: Mail): string {
  const { files: _, ...words } = mail;
  const contents = attachments.map(({ filename, url, contentBase64 }) => [filename, url ?? hashOf(contentBase64)]);
  return hashOf([connection, threadKey, words, contents]);
}

const newestOf = (messages: readonly Message[]) => messages.at(-1);

/** Without a key of the caller's the message it answers is part of the name: the same words may answer a later one. */
async function keyOf(connection: SendingConnection, request: SendRequest, payload: string): Promise<string> {
  const ifLatest = request.kind === 'reply' ? request.ifLatest : undefined;
  if (request.key !== undefined && ifLatest === undefined) return request.key;
  const { messages } = await connection.connection.threads.content(request.threadId);
  const newest = newestOf(messages)?.id;
  if (ifLatest !== undefined && ifLatest !== newest) throw new SendRefusal('conversation-moved', MOVED);
  const answered = messages.findLast(({ direction }) => direction === 'inbound')?.id ?? newest ?? '';
  return request.key ?? hashOf([payload, answered]);
}

export const MOVED =
  'Somebody has written in this conversation since you looked at it, so nothing was sent; read the newest message first.';

function checkKey(key: string | undefined): void {
  if (key === undefined || (key.length <= KEY_CHARACTERS_MAX && /^[\x21-\x7e]+$/.test(key))) return;
  throw new SendRefusal('invalid', `An idempotency key is 1 to ${KEY_CHARACTERS_MAX} plain characters without spaces.`);
}

function freshSend(
  fields: Pick<StoredSend, 'key' | 'payload' | 'threadKey'>,
  request: SendRequest,
  mail: Mail,
  now: Instant,
): StoredSend {
  const { ifLatest, overrideBy } = request.kind === 'reply' ? request : {};
  return {
    ...fields,
    id: sendId(fields.key),
    connection: request.connection,
    threadId: request.threadId,
    kind: mail.kind,
    mail,
    by: request.by,
    acceptedAt: now,
    ...(ifLatest === undefined ? {} : { ifLatest }),
    ...(overrideBy === undefined ? {} : { overrideBy }),
    state: 'waiting',
    attempt: 0,
    tryUntil: now + TRY_MS,
    misses: 0,
    looks: 0,
    steps: [{ at: now, state: 'waiting', detail: `Accepted from ${request.by}.` }],
  };
}

/**
 * Takes a request in, durably, and sends nothing yet. The same request under the same key is accepted once, however often
 * and from however many callers it comes. Throws `SendRefusal`, or `ProviderError` when the vendor had to be asked and failed.
 */
export async function acceptSend(ports: SendingPorts, request: SendRequest): Promise<Accepted> {
  checkKey(request.key);
  const connection = connectionOf(ports, request.connection);
  const threadKey = connection.connection.threads.keyOf(request.threadId);
  const mail = await mailOf(connection, request);
  const payload = payloadOf(threadKey, request, mail);
  // A request that was accepted is answered without asking the vendor, whatever has happened in the thread since.
  const before = request.key === undefined ? undefined : await readSend(ports.store, sendId(request.key));
  if (before) return await known(ports, request, payload, before.send.id);
  const key = await keyOf(connection, request, payload);
  const send = freshSend({ key, payload, threadKey }, request, mail, ports.clock.now());
  if (await readSend(ports.store, send.id)) return await known(ports, request, payload, send.id);
  await checkAllowed(ports, connection, send);

  const stored = await storeFiles(ports.store, send, request.attachments);
  await indexSend(ports.store, stored);
  if (await writeSend(ports.store, stored, stored.acceptedAt, 0)) return { send: stored, isNew: true };
  return await known(ports, request, payload, send.id);
}

async function checkAllowed(ports: SendingPorts, { limits }: SendingConnection, send: StoredSend): Promise<void> {
  if (limits.off)
    throw new SendRefusal(
      'not-allowed',
      `Sending is switched off for "${send.connection}"; switch it on in the config.`,
    );
  const twin = send.overrideBy === undefined ? await duplicateOf(ports, send) : undefined;
  if (twin !== undefined) {
    const detail = `The same words went to this conversation within the last day (${twin}); change them, or send with --override if you mean it.`;
    throw new SendRefusal('possible-duplicate', detail);
  }
}

/** The send that has the key already: this one, if it is of the same mail. */
async function known(ports: SendingPorts, request: SendRequest, payload: string, id: string): Promise<Accepted> {
  const found = await readSend(ports.store, id);
  if (!found) throw new Error('a send vanished');
  if (found.send.payload !== payload) {
    const detail = 'This idempotency key already names another mail; use a new key for a new mail.';
    throw new SendRefusal('conflict', detail);
  }
  const overrideBy = request.kind === 'reply' ? request.overrideBy : undefined;
  if (overrideBy === undefined || found.send.overrideBy !== undefined || found.send.state !== 'waiting')
    return { send: found.send, isNew: false };
  const now = ports.clock.now();
  const step = { at: now, state: 'waiting' as const, detail: `${overrideBy} lets it pass.` };
  const passed = { ...found.send, overrideBy, steps: [...found.send.steps, step] };
  if (await writeSend(ports.store, passed, now, found.version)) return { send: passed, isNew: false };
  return await known(ports, request, payload, id);
}
