import type { Instant, Message } from '../model.ts';
import { duplicateOf } from './conversation.ts';
import { storeFiles } from './files.ts';
import { TRY_MS } from './limits.ts';
import { indexSend } from './list.ts';
import { mailOf, type SendRequest } from './mail.ts';
import type { SendingConnection, SendingPorts } from './ports.ts';
import { SendRefusal } from './refusal.ts';
import { hashOf, type Mail, readSend, type StoredSend, sendId, writeSend } from './send.ts';

const KEY_CHARACTERS_MAX = 255;

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
