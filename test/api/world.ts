import { z } from 'zod/mini';
import type { ApiConnection, ApiDeps } from '../../shared/api/deps.ts';
import { handle } from '../../shared/api/handle.ts';
import { openApi } from '../../shared/api/openapi.ts';
import type { ApiDocument, ApiRequest, ApiResponse } from '../../shared/api/request.ts';
import { ROUTES } from '../../shared/api/routes.ts';
import { Problem, SendView, ThreadList, type ThreadView } from '../../shared/api/shapes.ts';
import { hashToken } from '../../shared/api/tokens.ts';
import { PROVIDERS } from '../../shared/providers/index.ts';
import type { SendingConnection } from '../../shared/sending/ports.ts';
import { runSend } from '../../shared/sending/run.ts';
import { type MemoryStore, memoryStore } from '../../shared/store/memory.ts';
import { NOW, type Sandboxed, sandboxed } from '../providers/sandboxed.ts';

const Described = z.object({
  paths: z.record(z.string(), z.record(z.string(), z.object({ responses: z.record(z.string(), z.unknown()) }))),
});

/** The token of this process. */
export const OWN_TOKEN = 'own-token';

export interface Asked {
  readonly token?: string;
  readonly body?: unknown;
  /** In place of `body`, as it is. */
  readonly text?: string;
  readonly key?: string;
}

export interface ApiWorld {
  readonly deps: ApiDeps;
  readonly store: MemoryStore;
  readonly vendors: { readonly acme: Sandboxed; readonly sales: Sandboxed };
  /** Ids of `wakeSend`, as they came. */
  readonly woken: string[];
  wait(ms: number): void;
  respond(method: string, url: string, asked?: Asked): Promise<ApiResponse>;
  ask(method: string, url: string, asked?: Asked): Promise<ApiDocument>;
  /** The detail of a problem document, after checking that it is one of this status. */
  problem(status: number, method: string, url: string, asked?: Asked): Promise<string>;
  threads(connection: 'acme' | 'sales', query?: string): Promise<readonly ThreadView[]>;
  /** Path of the first thread of a connection. */
  thread(connection: 'acme' | 'sales'): Promise<string>;
  /** A reply in the connection's first thread. */
  reply(connection: 'acme' | 'sales', text: string, key?: string): Promise<SendView>;
  /** Carries out what is due of a send. */
  run(id: string): Promise<void>;
}

const threadPath = ({ id }: ThreadView) => `/v1/threads/${id.split('/').map(encodeURIComponent).join('/')}`;

function opened(id: string, { connection }: Sandboxed): ApiConnection {
  return {
    id,
    connection,
    campaigns: ['*'],
    paused: false,
    lags: async () => [{ feed: 'workspace', lagMs: 1, everyMs: 60_000 }],
    poll: async () => ({ connection: id, feeds: 1, polled: 1, recorded: 0, failure: null }),
    async *backfill() {
      yield { connection: id, threads: 1, total: 1, recorded: 0, state: 'done' };
    },
  };
}

function sender(id: string, { connection }: Sandboxed): SendingConnection {
  const limits = { off: false, perDay: 500, perConversationPerDay: 20 };
  const { forwards } = connection;
  return { id, connection, limits, ...(forwards ? { forwards } : {}) };
}

export function isProblem(response: ApiDocument): boolean {
  return response.headers?.['content-type'] === 'application/problem+json' && Problem.safeParse(response.body).success;
}

function requestOf(method: string, url: string, { token = OWN_TOKEN, body, text, key }: Asked): ApiRequest {
  const mark = url.indexOf('?');
  const sent = text ?? (body === undefined ? '' : JSON.stringify(body));
  return {
    method,
    path: mark < 0 ? url : url.slice(0, mark),
    query: new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)),
    body: sent,
    ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
    ...(key === undefined ? {} : { idempotencyKey: key }),
  };
}

const described = Described.parse(openApi(ROUTES)).paths;

/** Whatever a test asks for, its answer has a status that the OpenAPI document names. */
function checkDescribed({ method, path }: ApiRequest, { status }: ApiResponse): void {
  const isHere = (template: string) =>
    new RegExp(`^${template.replaceAll('.', '\\.').replace(/\{.+?\}/g, '[^/]+')}$`).test(path);
  const template = Object.keys(described).find(isHere);
  const operation = template === undefined ? undefined : described[template]?.[method.toLowerCase()];
  if (operation && operation.responses[status] === undefined)
    throw new Error(`${method} ${path} answered ${status}, which is not described`);
}

function vendorNamed(id: string): Sandboxed {
  const provider = PROVIDERS.find((each) => each.id === id);
  if (!provider) throw new Error(`no provider ${id}`);
  return sandboxed(provider);
}

/** The API over a memory store and both vendors in their sandbox. `change` replaces parts of what it runs on. */
export function apiWorld(change: (deps: ApiDeps) => Partial<ApiDeps> = () => ({})): ApiWorld {
  let now = NOW;
  let secrets = 0;
  const store = memoryStore();
  const vendors = { acme: vendorNamed('cohesive'), sales: vendorNamed('coldsend') };
  const clock = { now: () => now, sleep: async () => {} };
  const woken: string[] = [];
  const base: ApiDeps = {
    store,
    clock,
    connections: Object.entries(vendors).map(([id, vendor]) => opened(id, vendor)),
    sinks: [],
    newSecret: () => `secret-${secrets++}`,
    ownTokenHash: hashToken(OWN_TOKEN),
    sending: {
      store,
      clock,
      random: () => 0.5,
      log: { info: () => {}, warn: () => {} },
      connections: Object.entries(vendors).map(([id, vendor]) => sender(id, vendor)),
      newOwner: () => `owner-${secrets++}`,
      fetchFile: async () => ({ contentBase64: '' }),
    },
    wakeSend: (id) => void woken.push(id),
    doctor: async () => [{ subject: 'acme', state: 'ok', detail: 'All is well.' }],
    wake: () => {},
  };
  const deps = { ...base, ...change(base) };
  const respond: ApiWorld['respond'] = async (method, url, asked = {}) => {
    const request = requestOf(method, url, asked);
    const response = await handle(request, deps);
    checkDescribed(request, response);
    return response;
  };
  const ask: ApiWorld['ask'] = async (method, url, asked) => {
    const response = await respond(method, url, asked);
    if (!('body' in response)) throw new Error('a stream');
    return response;
  };
  const threads: ApiWorld['threads'] = async (connection, query = '') =>
    ThreadList.parse((await ask('GET', `/v1/threads?connection=${connection}${query}`)).body).items;
  const thread: ApiWorld['thread'] = async (connection) => {
    const [first] = await threads(connection);
    if (!first) throw new Error(`no thread in ${connection}`);
    return threadPath(first);
  };
  return {
    deps,
    store,
    vendors,
    woken,
    wait: (ms) => {
      now += ms;
    },
    respond,
    ask,
    async problem(status, method, url, asked) {
      const response = await ask(method, url, asked);
      if (response.status !== status || !isProblem(response))
        throw new Error(`${method} ${url}: ${response.status}, not a problem of ${status}`);
      return Problem.parse(response.body).detail;
    },
    threads,
    thread,
    async reply(connection, text, key) {
      const asked = { body: { text }, ...(key === undefined ? {} : { key }) };
      return SendView.parse((await ask('POST', `${await thread(connection)}/reply`, asked)).body);
    },
    run: async (id) => void (await runSend(deps.sending, id)),
  };
}
