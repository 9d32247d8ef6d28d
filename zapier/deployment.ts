import * as z from 'zod/mini';
import { checkUrl } from '../adapters/node/address-guard.ts';
import { UserError } from '../shared/failure.ts';
import { readJson } from '../shared/http/read-json.ts';
import { retryAfterHeader } from '../shared/http/retry-after.ts';
import { vendorText } from '../shared/http/vendor-text.ts';
import type { Json } from '../shared/model.ts';
import { type Clock, type Http, HttpFault, type HttpRequest } from '../shared/ports.ts';
import type { Provider } from '../shared/provider.ts';
import { Halt } from './errors.ts';
import type { ConsolePlace } from './links.ts';
import type { Bundle } from './platform.ts';

const TIMEOUT_MS = 10_000;
const ANSWER_BYTES_MAX = 1024 * 1024;
/** How long an action waits for a send to be settled, and how often it looks. */
const OUTCOME_WAIT_MS = 15_000;
const OUTCOME_EVERY_MS = 1_000;

const ConnectionsWire = z.object({ items: z.array(z.object({ id: z.string(), provider: z.string() })) });
const SendWire = z.object({ id: z.string(), key: z.string(), state: z.string(), meaning: z.string() });
const ThreadWire = z.object({ starred: z.nullable(z.boolean()), read: z.nullable(z.boolean()) });
const ProblemWire = z.object({ detail: z.string() });

export type SendOutcome = z.infer<typeof SendWire>;

/** Nobody knows yet how it ends: worth another look. */
const MOVING = new Set(['waiting', 'sending', 'uncertain']);
/** Nothing was sent. */
const NOT_SENT = new Set(['refused', 'failed']);

export interface OutgoingFile {
  readonly filename: string;
  readonly contentType: string;
  readonly url?: string;
  readonly contentBase64?: string;
}

/** The HTTP API of the owner's own Replybus, which keeps what Zapier cannot: stars, and the record of every send. */
export interface Deployment {
  /** Ids of its connections to this provider. */
  connections(): Promise<readonly string[]>;
  /** Throws when it cannot be used for this provider. */
  verify(): Promise<void>;
  /** Where a person reads its threads. */
  console(): Promise<ConsolePlace>;
  /** Its connection to this provider; `wanted` where there are several. */
  connectionFor(wanted: string | undefined): Promise<string>;
  send(call: {
    readonly connection: string;
    readonly threadId: string;
    readonly kind: 'reply' | 'forward';
    readonly key: string;
    readonly body: Json;
  }): Promise<SendOutcome>;
  setStarred(connection: string, threadId: string, starred: boolean): Promise<boolean>;
  markRead(connection: string, threadId: string): Promise<boolean>;
}

const LOOPBACK = /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(\/|$)/;

export const isLoopback = (url: string): boolean => LOOPBACK.test(url);

interface World {
  readonly provider: Provider;
  readonly http: Http;
  readonly clock: Clock;
  /** The vendor is a server on this machine, so Replybus may be one too. */
  readonly isTest: boolean;
}

interface Call<Value> {
  readonly method: HttpRequest['method'];
  readonly path: readonly string[];
  readonly body?: Json;
  readonly key?: string;
  readonly shape: z.ZodMiniType<Value>;
}

type Ask = <Value>(call: Call<Value>) => Promise<Value>;

function refusalOf(status: number, body: string, headers: Readonly<Record<string, string>>, token: string): Error {
  if (status === 401 || status === 403)
    return new UserError('Your Replybus does not accept the Deployment Token; create a new one and reconnect.', 1);
  const reading = readJson(body);
  const problem = 'json' in reading ? z.safeParse(ProblemWire, reading.json) : undefined;
  const words = problem?.success ? vendorText(problem.data.detail, token) : `it answered HTTP ${status}`;
  const wait = retryAfterHeader(headers, 0);
  const after = wait === undefined ? '' : ` Try again in ${Math.ceil(wait / 1_000)} s.`;
  const message = `Your Replybus did not do this: ${words}${after}`;
  return status === 404 || status === 409 ? new Halt(message) : new UserError(message, 1);
}

function askerOf(base: string, token: string, { http }: World): Ask {
  return async ({ method, path, body, key, shape }) => {
    const request: HttpRequest = {
      method,
      url: `${base}/v1/${path.map(encodeURIComponent).join('/')}`,
      headers: {
        accept: 'application/json',
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      timeoutMs: TIMEOUT_MS,
      bytesMax: ANSWER_BYTES_MAX,
    };
    // Every call can be repeated: reads and setters by nature, sends by their key.
    const answer = await http(request).catch(async (fault: unknown) => {
      if (!(fault instanceof HttpFault)) throw fault;
      return await http(request).catch(() => {
        throw new UserError('Your Replybus could not be reached; check that it runs and that its address is right.', 1);
      });
    });
    if (answer.status < 200 || answer.status > 299) throw refusalOf(answer.status, answer.body, answer.headers, token);
    const reading = readJson(answer.body);
    const parsed = 'json' in reading ? z.safeParse(shape, reading.json) : undefined;
    if (parsed?.success) return parsed.data;
    throw new UserError('What answers at the Deployment URL is not Replybus; check the address in the connection.', 1);
  };
}

async function outcomeOf(ask: Ask, first: SendOutcome, clock: Clock): Promise<SendOutcome> {
  const until = clock.now() + OUTCOME_WAIT_MS;
  let send = first;
  while (MOVING.has(send.state) && clock.now() < until) {
    await clock.sleep(OUTCOME_EVERY_MS);
    try {
      send = await ask({ method: 'GET', path: ['sends', send.id], shape: SendWire });
    } catch {
      // It was accepted; how it ended can be read in Replybus, and must not make Zapier run this again.
      break;
    }
  }
  return send;
}

function first(ids: readonly string[], label: string): string {
  const [id] = ids;
  if (id !== undefined) return id;
  throw new UserError(`Your Replybus has no connection to ${label}; add one there, or take its URL out here.`);
}

function chosen(ids: readonly string[], wanted: string | undefined, label: string): string {
  if (wanted !== undefined && ids.includes(wanted)) return wanted;
  const only = first(ids, label);
  if (wanted === undefined && ids.length === 1) return only;
  const names = ids.join(', ');
  throw new UserError(`Your Replybus has these connections to ${label}: ${names}; choose one in "Connection".`);
}

export function deploymentOf({ authData }: Pick<Bundle, 'authData'>, world: World): Deployment | undefined {
  const url = authData.replybusUrl?.trim();
  if (!url) return undefined;
  const complaint = checkUrl(url, { allowPrivate: world.isTest && isLoopback(url) });
  if (complaint) throw new UserError(`The Deployment URL of this connection cannot be used. ${complaint}`);
  const token = authData.replybusToken?.trim() ?? '';
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new UserError(
      'A Deployment URL needs a Deployment Token beside it; create one with "replybus token create".',
    );
  const { origin, pathname } = new URL(url);
  const ask = askerOf(`${origin}${pathname.replace(/\/+$/, '')}`, token, world);
  const { provider, clock } = world;

  async function connections() {
    const { items } = await ask({ method: 'GET', path: ['connections'], shape: ConnectionsWire });
    return items.filter((connection) => connection.provider === provider.id).map(({ id }) => id);
  }
  return {
    connections,
    async console() {
      const ids = await connections();
      return { url: null, connection: ids.length === 1 ? (ids[0] ?? null) : null };
    },
    verify: async () => void first(await connections(), provider.label),
    connectionFor: async (wanted) => chosen(await connections(), wanted, provider.label),
    async send({ connection, threadId, kind, key, body }) {
      const path = ['threads', connection, threadId, kind];
      const first = await ask({ method: 'POST', path, body, key, shape: SendWire });
      const send = await outcomeOf(ask, first, clock);
      if (NOT_SENT.has(send.state)) throw new Halt(send.meaning);
      return send;
    },
    async setStarred(connection, threadId, starred) {
      const path = ['threads', connection, threadId, 'star'];
      return (await ask({ method: 'PUT', path, body: { starred }, shape: ThreadWire })).starred ?? starred;
    },
    async markRead(connection, threadId) {
      const path = ['threads', connection, threadId, 'read'];
      return (await ask({ method: 'PUT', path, body: { read: true }, shape: ThreadWire })).read ?? true;
    },
  };
}
