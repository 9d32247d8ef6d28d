import {
  bodyObject,
  decoded,
  type Handler,
  header,
  json,
  type SandboxRequest,
  type Scene,
} from '../../../sandbox/exchange.ts';
import { replyIn } from '../../../sandbox/sent-form.ts';
import type { Switches } from '../../../sandbox/switches.ts';
import type { WorldThread } from '../../../sandbox/world-model.ts';
import type { JsonObject } from '../../../shared/model.ts';
import type { HttpResponse } from '../../../shared/ports.ts';
import { conversationOf, isHere, MessageList, messagesOf, OUTFINCH, refusal } from './list.ts';

/** What a key may do. */
export type OutfinchKeys = Readonly<Record<string, 'everything' | 'campaigns'>>;

export interface OutfinchSwitches extends Switches {
  /** The demo key alone, when absent. */
  outfinchKeys?: OutfinchKeys;
}

export const OUTFINCH_KEY = 'of-demo-key';

const MINUTE_MS = 60_000;
const CALLS_A_MINUTE = { list: 20, write: 10 } as const;

/** Calls of one key and one kind, in windows that begin with their first. */
class Calls {
  readonly #windows = new Map<string, { readonly endsAt: number; used: number }>();

  /** Milliseconds until the next may be made; 0 for one that was counted. */
  take(name: string, most: number, now: number): number {
    const known = this.#windows.get(name);
    const window = known && now < known.endsAt ? known : { endsAt: now + MINUTE_MS, used: 0 };
    this.#windows.set(name, window);
    if (window.used >= most) return window.endsAt - now;
    window.used += 1;
    return 0;
  }
}

function campaigns(scene: Scene): HttpResponse {
  const data = [...scene.world.campaigns.values()]
    .filter(isHere)
    .map(({ id, name, status }) => ({ id, name, state: status }));
  return json(scene, { data });
}

function send(scene: Scene, thread: WorldThread, body: string | undefined): HttpResponse {
  const given = bodyObject(body);
  if (!given || typeof given.text !== 'string' || typeof given.html !== 'string')
    return refusal(scene, 422, 'A message has a text and an html.');
  const { messageId } = scene.world.send(
    replyIn(scene, thread, { vendor: OUTFINCH, text: given.text, html: given.html, request: given as JsonObject }),
    scene.switches.sentDelayMs,
  );
  const sent = thread.messages.find((message) => message.messageId === messageId);
  return json(scene, { id: sent?.replyId }, 201);
}

const CONVERSATION = /^\/conversations\/([^/]+)(\/messages)?$/;

function ofConversation(scene: Scene, { method, path, query, body }: SandboxRequest): HttpResponse {
  const [, id, messages] = CONVERSATION.exec(path) ?? [];
  scene.world.look();
  const thread = id === undefined ? undefined : scene.world.thread(decoded(id));
  if (!thread || !isHere(thread) || thread.visible.length === 0) return refusal(scene, 404, 'There is no such thing.');
  if (messages && method === 'POST') return send(scene, thread, body);
  return messages ? messagesOf(scene, thread, query) : json(scene, conversationOf(thread, scene));
}

/** The refusal a key earns, or nothing. */
function refuseKey(scene: Scene, key: string, path: string): HttpResponse | undefined {
  const switches: OutfinchSwitches = scene.switches;
  const keys = switches.outfinchKeys ?? { [OUTFINCH_KEY]: 'everything' };
  const granted = Object.hasOwn(keys, key) ? keys[key] : undefined;
  if (!granted) return refusal(scene, 401, 'This key is not known.');
  return granted === 'everything' || path === '/campaigns'
    ? undefined
    : refusal(scene, 403, 'This key reads campaigns.');
}

/** Outfinch's API over a world. */
export function createOutfinch(scene: Scene): Handler {
  const list = new MessageList(scene);
  const calls = new Calls();
  return (request) => {
    const { method, path, headers, query } = request;
    const [, key = ''] = /^Bearer (.+)$/.exec(header(headers, 'authorization') ?? '') ?? [];
    const refused = refuseKey(scene, key, path);
    if (refused) return refused;
    const kind = method === 'POST' ? 'write' : path === '/messages' ? 'list' : undefined;
    const waitMs = kind ? calls.take(`${kind} ${key}`, CALLS_A_MINUTE[kind], scene.world.now()) : 0;
    if (waitMs > 0) {
      const answer = refusal(scene, 429, 'Too many calls.');
      return { ...answer, headers: { ...answer.headers, 'retry-after': String(Math.ceil(waitMs / 1000)) } };
    }
    if (method === 'GET' && path === '/messages') return list.answer(query);
    if (method === 'GET' && path === '/campaigns') return campaigns(scene);
    return ofConversation(scene, request);
  };
}
