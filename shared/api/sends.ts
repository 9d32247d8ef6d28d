import * as z from 'zod/mini';
import { acceptSend } from '../sending/accept.ts';
import { sendAgain } from '../sending/again.ts';
import { decideSend, type Verdict } from '../sending/decide.ts';
import { listSends } from '../sending/list.ts';
import type { SendRequest } from '../sending/mail.ts';
import { readSend, type SendState, type StoredSend } from '../sending/send.ts';
import { undoSend } from '../sending/undo.ts';
import type { ForwardBody, ReplyBody } from './bodies.ts';
import { cursorAt, placeAt } from './cursors.ts';
import type { ApiDeps } from './deps.ts';
import { connectionNamed } from './inbox.ts';
import { present } from './parse.ts';
import { ApiProblem } from './problem.ts';
import type { Caller } from './scopes.ts';
import type { List, SendView } from './shapes.ts';
import { sendView } from './views.ts';

const SEND_ID = /^snd_[a-z2-7]{1,64}$/;

export interface Asked {
  readonly deps: ApiDeps;
  readonly caller: Caller;
  readonly key?: string;
  readonly names: { readonly connection: string; readonly thread: string };
}

/** The send once it was woken: where nothing runs after an answer, it has been carried out by then. */
async function woken(deps: ApiDeps, send: StoredSend): Promise<StoredSend> {
  await deps.wakeSend(send.id);
  return (await readSend(deps.store, send.id))?.send ?? send;
}

async function accept(deps: ApiDeps, request: SendRequest): Promise<SendView> {
  const { send } = await acceptSend(deps.sending, request);
  return sendView(await woken(deps, send));
}

function addressed(
  { deps, caller, key, names }: Asked,
  body: Pick<ReplyBody, 'cc' | 'bcc' | 'attachments' | 'undoSeconds'>,
) {
  return {
    connection: connectionNamed(deps, names.connection).id,
    threadId: names.thread,
    cc: body.cc ?? [],
    bcc: body.bcc ?? [],
    attachments: (body.attachments ?? []).map(present),
    by: caller.by,
    ...(body.undoSeconds === undefined ? {} : { undoMs: body.undoSeconds * 1_000 }),
    ...(key === undefined ? {} : { key }),
  };
}

export async function reply(asked: Asked, body: ReplyBody): Promise<SendView> {
  const { html, text, ifLatestMessageId: ifLatest, override: overrideBy } = body;
  const words = present({ html, text, ifLatest, overrideBy });
  return await accept(asked.deps, { kind: 'reply', ...addressed(asked, body), ...words });
}

export async function forward(asked: Asked, body: ForwardBody): Promise<SendView> {
  const { to, note } = body;
  return await accept(asked.deps, { kind: 'forward', to, ...addressed(asked, body), ...present({ note }) });
}

export interface SendsQuery {
  readonly state?: SendState;
  /** CONNECTION/THREAD */
  readonly thread?: string;
  readonly cursor?: string;
}

/** The conversation that a thread is, however its id is written. */
function conversationOf(deps: ApiDeps, thread: string | undefined) {
  if (thread === undefined) return {};
  const slash = thread.indexOf('/');
  if (slash < 1) throw new ApiProblem('invalid', 'A thread is named CONNECTION/THREAD; correct "thread".');
  const { id, connection } = connectionNamed(deps, thread.slice(0, slash));
  return { conversation: { connection: id, threadKey: connection.threads.keyOf(thread.slice(slash + 1)) } };
}

export async function sends(deps: ApiDeps, { cursor, ...filters }: SendsQuery): Promise<List<SendView>> {
  const { state, thread } = filters;
  const of = { list: 'sends', filters };
  const page = await listSends(deps.store, deps.clock.now(), {
    ...present({ state }),
    ...conversationOf(deps, thread),
    ...(cursor === undefined ? {} : { cursor: placeAt(z.string(), of, cursor) }),
  });
  const next = page.cursor === undefined ? null : cursorAt(of, page.cursor);
  return { items: page.sends.map(sendView), cursor: next, failures: [], unreadable: 0 };
}

function missing(): never {
  throw new ApiProblem('not-found', 'There is no send with this id; "replybus sends" lists them.');
}

export async function oneSend({ store }: ApiDeps, id: string): Promise<SendView> {
  const kept = SEND_ID.test(id) ? await readSend(store, id) : undefined;
  return sendView(kept?.send ?? missing());
}

export async function decide(deps: ApiDeps, id: string, verdict: Verdict, by: string): Promise<SendView> {
  if (!SEND_ID.test(id)) missing();
  const send = await decideSend(deps, id, verdict, by);
  return sendView(verdict === 'resend' ? await woken(deps, send) : send);
}

/** Of one of which it is proved that nothing left. */
export async function again(deps: ApiDeps, id: string, by: string): Promise<SendView> {
  if (!SEND_ID.test(id)) missing();
  return sendView(await woken(deps, await sendAgain(deps.sending, id, by)));
}

/** Called back before it left. */
export async function undo(deps: ApiDeps, id: string, by: string): Promise<SendView> {
  if (!SEND_ID.test(id)) missing();
  return sendView(await undoSend(deps, id, by));
}
