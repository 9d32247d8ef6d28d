import type { Instant, Message } from '../model.ts';
import { repeatText, twinOf } from './conversation.ts';
import { storeFiles } from './files.ts';
import { MACHINE_TRY_MS, TRY_MS, UNDO_MAX_MS } from './limits.ts';
import { indexSend } from './list.ts';
import { mailOf, type SendRequest } from './mail.ts';
import type { SendingConnection, SendingPorts } from './ports.ts';
import { EMPTY, MOVED, SendRefusal } from './refusal.ts';
import {
  hashOf,
  isDead,
  type Mail,
  type ReadSend,
  readSend,
  type SendState,
  type StoredSend,
  sendId,
  writeSend,
} from './send.ts';

const KEY_CHARACTERS_MAX = 255;
/** Times the same words may be asked for after they came to nothing, each under a key of its own. */
const GENERATIONS_MAX = 100;

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

interface Named {
  readonly key: string;
  /** Of the lead's messages, where the conversation was read. */
  readonly inbound?: number;
}

/** Without a key of the caller's the message it answers is part of the name: the same words may answer a later one. */
async function keyOf(
  { store }: SendingPorts,
  connection: SendingConnection,
  request: SendRequest,
  payload: string,
): Promise<Named> {
  const ifLatest = request.kind === 'reply' ? request.ifLatest : undefined;
  if (request.key !== undefined && ifLatest === undefined) return { key: request.key };
  const { messages } = await connection.connection.threads.content(request.threadId);
  const newest = newestOf(messages)?.id;
  if (ifLatest !== undefined && ifLatest !== newest)
    throw new SendRefusal('conversation-moved', messages.length === 0 ? EMPTY : MOVED);
  const answered = messages.findLast(({ direction }) => direction === 'inbound')?.id ?? newest ?? '';
  const inbound = messages.filter(({ direction }) => direction === 'inbound').length;
  return { key: request.key ?? (await derivedKey(store, payload, answered)), inbound };
}

/** Names the same send for the same request, until that has come to nothing: then a request names a new one. */
async function derivedKey(store: SendingPorts['store'], payload: string, answered: string): Promise<string> {
  for (let generation = 0; generation < GENERATIONS_MAX; generation += 1) {
    // Keys of the first generation are as they ever were: a table may hold them.
    const key = hashOf(generation === 0 ? [payload, answered] : [payload, answered, generation]);
    const before = await readSend(store, sendId(key));
    if (!before || !isDead(before.send)) return key;
  }
  const detail =
    'The same words came to nothing too often; see "replybus sends", and send one of them again by its id.';
  throw new SendRefusal('conflict', detail);
}

function checkUndo({ undoMs }: SendRequest): void {
  if (undoMs === undefined || (Number.isSafeInteger(undoMs) && undoMs >= 0 && undoMs <= UNDO_MAX_MS)) return;
  throw new SendRefusal('invalid', 'A send can be held back for at most an hour.');
}

function checkKey(key: string | undefined): void {
  if (key === undefined || (key.length <= KEY_CHARACTERS_MAX && /^[\x21-\x7e]+$/.test(key))) return;
  throw new SendRefusal('invalid', `An idempotency key is 1 to ${KEY_CHARACTERS_MAX} plain characters without spaces.`);
}

function freshSend(
  fields: Pick<StoredSend, 'key' | 'payload' | 'threadKey'> & { readonly inbound?: number },
  request: SendRequest,
  mail: Mail,
  now: Instant,
): StoredSend {
  const { ifLatest, overrideBy, unlessAnswered } = request.kind === 'reply' ? request : {};
  const { machine, undoMs = 0 } = request;
  const { inbound, ...names } = fields;
  const from = now + undoMs;
  return {
    ...names,
    id: sendId(fields.key),
    connection: request.connection,
    threadId: request.threadId,
    kind: mail.kind,
    mail,
    by: request.by,
    acceptedAt: now,
    ...(undoMs === 0 ? {} : { holdUntil: from }),
    ...(ifLatest === undefined ? {} : { ifLatest }),
    ...(ifLatest === undefined || inbound === undefined ? {} : { inboundThen: inbound }),
    ...(unlessAnswered === undefined ? {} : { unlessAnswered }),
    ...(overrideBy === undefined ? {} : { overrideBy }),
    ...(machine === undefined ? {} : machine),
    state: 'waiting',
    attempt: 0,
    tryUntil: from + (machine === undefined ? TRY_MS : MACHINE_TRY_MS),
    failedAttempts: 0,
    mayHaveLeft: [],
    verifications: 0,
    notices: 0,
    noticesGiven: 0,
    steps: [{ at: now, state: 'waiting', detail: `Accepted from ${request.by}.` }],
  };
}

/**
 * Takes a request in, durably, and sends nothing yet. The same request under the same key is accepted once, however often
 * and from however many callers it comes. Throws `SendRefusal`, or `ProviderError` when the vendor had to be asked and failed.
 */
export async function acceptSend(ports: SendingPorts, request: SendRequest): Promise<Accepted> {
  checkKey(request.key);
  checkUndo(request);
  const connection = connectionOf(ports, request.connection);
  const threadKey = connection.connection.threads.keyOf(request.threadId);
  const mail = await mailOf(connection, request);
  const payload = payloadOf(threadKey, request, mail);
  // A request that was accepted is answered without asking the vendor, whatever has happened in the thread since.
  const before = request.key === undefined ? undefined : await readSend(ports.store, sendId(request.key));
  if (before) return await known(ports, request, payload, before);
  const { key, ...read } = await keyOf(ports, connection, request, payload);
  const send = freshSend({ key, payload, threadKey, ...read }, request, mail, ports.clock.now());
  const there = await readSend(ports.store, send.id);
  if (there) return await known(ports, request, payload, there);
  await checkAllowed(ports, connection, send);

  const stored = await storeFiles(ports.store, send, request.attachments);
  await indexSend(ports.store, stored);
  if (await writeSend(ports.store, stored, stored.holdUntil ?? stored.acceptedAt, 0))
    return { send: stored, isNew: true };
  return await known(ports, request, payload, await readSend(ports.store, send.id));
}

async function checkAllowed(ports: SendingPorts, { limits }: SendingConnection, send: StoredSend): Promise<void> {
  if (limits.off)
    throw new SendRefusal(
      'not-allowed',
      `Sending is switched off for "${send.connection}"; switch it on in the config.`,
    );
  const twin = send.overrideBy === undefined ? await twinOf(ports, send) : undefined;
  if (twin === undefined) return;
  const detail = `Not sent, since ${repeatText(twin)}; change them, or send with --override and an idempotency key of its own if you mean it.`;
  throw new SendRefusal('possible-duplicate', detail);
}

/** An override lets another mail pass; of this one it is not known whether it left, and a second post is never by the way. */
function unsettledOf({ id, state }: StoredSend): string {
  if (state === 'uncertain')
    return `This very mail may have left and is being looked for (${id}); wait for what comes of it, or send it once more under an idempotency key of its own.`;
  return `This very mail waits for your decision (${id}); say "sent" or "resend" of it, or send it once more under an idempotency key of its own.`;
}

/** Of these the same request names no new send. */
const WENT: ReadonlySet<SendState> = new Set(['sent', 'confirmed', 'decided']);

/** Who lets the same words pass wants them sent once more; without a key that would be a retry, and a retry never sends. */
const wentOf = ({ id }: StoredSend): string =>
  `Nothing new was sent: this very mail went out already (${id}). To send it once more, give an idempotency key of its own with the override.`;

/** The send that has the key already: this one, if it is of the same mail. */
async function known(
  ports: SendingPorts,
  request: SendRequest,
  payload: string,
  found: ReadSend | undefined,
): Promise<Accepted> {
  if (!found) throw new Error('a send vanished');
  const { send, version, dueAt } = found;
  if (send.payload !== payload) {
    const detail = 'This idempotency key already names another mail; use a new key for a new mail.';
    throw new SendRefusal('conflict', detail);
  }
  const overrideBy = request.kind === 'reply' ? request.overrideBy : undefined;
  if (overrideBy === undefined || send.overrideBy !== undefined) return { send, isNew: false };
  if (send.state === 'uncertain' || send.state === 'needs_decision')
    throw new SendRefusal('conflict', unsettledOf(send));
  if (request.key === undefined && WENT.has(send.state)) throw new SendRefusal('possible-duplicate', wentOf(send));
  if (send.state !== 'waiting') return { send, isNew: false };
  const now = ports.clock.now();
  const step = { at: now, state: 'waiting' as const, detail: `${overrideBy} lets it pass.` };
  const passed = { ...send, overrideBy, steps: [...send.steps, step] };
  // What is held back to be undone stays so.
  const due = send.holdUntil !== undefined && send.holdUntil > now ? (dueAt ?? send.holdUntil) : now;
  if (await writeSend(ports.store, passed, due, version)) return { send: passed, isNew: false };
  return await known(ports, request, payload, await readSend(ports.store, send.id));
}
