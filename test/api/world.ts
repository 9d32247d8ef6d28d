import { z } from 'zod/mini';
import { respond as answered } from '../../shared/api/app.ts';
import type { ApiConnection, ApiDeps, ApiHost } from '../../shared/api/deps.ts';
import { openApi } from '../../shared/api/openapi.ts';
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
/** Of the page it opened. */
export const CONSOLE_TOKEN = 'console-token';

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export interface Asked {
  readonly token?: string;
  readonly body?: unknown;
  /** In place of `body`, as it is. */
  readonly text?: string;
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ApiWorld {
  readonly deps: ApiDeps;
  readonly host: ApiHost;
  readonly store: MemoryStore;
  readonly vendors: { readonly acme: Sandboxed; readonly sales: Sandboxed };
  /** Ids of `wakeSend`, as they came. */
  readonly woken: string[];
  wait(ms: number): void;
  /** Of `log.warn`. */
  readonly warned: string[];
  /** Targets that were told that they hear nothing any more. */
  readonly goodbyes: string[];
  respond(method: string, url: string, asked?: Asked): Promise<Response>;
  ask(method: string, url: string, asked?: Asked): Promise<Answer>;
  /** The documents of a stream. */
  lines(method: string, url: string, asked?: Asked): Promise<readonly unknown[]>;
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

export function isProblem({ headers, body }: Answer): boolean {
  return headers['content-type'] === 'application/problem+json' && Problem.safeParse(body).success;
}

/** As a client sends it: UTF-8, one byte a character. */
const headerText = (text: string) => Buffer.from(text, 'utf8').toString('latin1');

export const ORIGIN = 'http://api.example';

function requestOf(method: string, url: string, asked: Asked): Request {
  const { token = OWN_TOKEN, body, text, key, headers } = asked;
  const given = text ?? (body === undefined ? undefined : JSON.stringify(body));
  const sent = method === 'GET' ? undefined : given;
  return new Request(`${ORIGIN}${url}`, {
    method,
    headers: {
      ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
      ...(key === undefined ? {} : { 'idempotency-key': headerText(key) }),
      ...(sent === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(sent === undefined ? {} : { body: sent }),
  });
}

const described = Described.parse(openApi(ROUTES)).paths;

/** Whatever a test asks for, its answer has a status that the OpenAPI document names. */
function checkDescribed({ method, url }: Request, { status }: Response): void {
  const path = new URL(url).pathname;
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
  const warned: string[] = [];
  const goodbyes: string[] = [];
  const base: ApiDeps = {
    store,
    clock,
    connections: Object.entries(vendors).map(([id, vendor]) => opened(id, vendor)),
    sinks: [],
    shardOf: () => 0,
    pollingBudget: () => undefined,
    checkUrl: (url) => (url.startsWith('https://') ? undefined : 'Only https URLs are called; start it with https://.'),
    subscriptionsChanged: () => {},
    sayGoodbye: async ({ url }) => void goodbyes.push(url),
    newSecret: () => `secret-${secrets++}`,
    sending: {
      store,
      clock,
      random: () => 0.5,
      log: { info: () => {}, warn: () => {} },
      connections: Object.entries(vendors).map(([id, vendor]) => sender(id, vendor)),
      newOwner: () => `owner-${secrets++}`,
      fetchFile: async () => ({ contentBase64: '' }),
    },
    wakeSend: async (id) => void woken.push(id),
    doctor: async () => [{ subject: 'acme', state: 'ok', detail: 'All is well.' }],
    probe: async ({ id }) => ({ connection: id, provider: 'any', findings: [], failures: [], answers: [] }),
    providers: PROVIDERS,
    tryKey: async () => ({ warning: null, campaigns: 2 }),
    wake: () => {},
    isSandbox: false,
  };
  const deps = { ...base, ...change(base) };
  const host: ApiHost = {
    door: {
      store,
      ownTokens: [
        { by: 'cli', hash: hashToken(OWN_TOKEN) },
        { by: 'console', hash: hashToken(CONSOLE_TOKEN) },
      ],
    },
    log: { info: () => {}, warn: (event) => void warned.push(event) },
    open: async () => deps,
  };
  const respond: ApiWorld['respond'] = async (method, url, asked = {}) => {
    const request = requestOf(method, url, asked);
    const response = await answered(request, host);
    checkDescribed(request, response);
    return response;
  };
  const ask: ApiWorld['ask'] = async (method, url, asked) => {
    const response = await respond(method, url, asked);
    const text = await response.text();
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    return { status: response.status, headers: Object.fromEntries(response.headers), body };
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
    warned,
    goodbyes,
    host,
    wait: (ms) => {
      now += ms;
    },
    respond,
    ask,
    async lines(method, url, asked) {
      const text = await (await respond(method, url, asked)).text();
      return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
    },
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
