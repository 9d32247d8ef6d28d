import { checkUrl } from '../adapters/node/address-guard.ts';
import { systemClock, systemRandom } from '../adapters/node/clock.ts';
import { nodeHttp } from '../adapters/node/http.ts';
import { UserError } from '../shared/failure.ts';
import type { Clock, Http, Log, Ports } from '../shared/ports.ts';
import type { Connection, Provider } from '../shared/provider.ts';
import { CALL_MS, clockUntil, type Deadline, deadlineIn, httpUntil } from './deadline.ts';
import { type Deployment, deploymentOf, isLoopback } from './deployment.ts';
import { type Memory, memoryOf } from './memory.ts';
import type { Bundle, Z } from './platform.ts';

/** Of each budget of the vendor: triggers leave room for what people and actions do with the same key. */
export type Share = 0.6 | 1;

/** Everything one call works with. */
export interface Edge {
  readonly provider: Provider;
  readonly connection: Connection;
  readonly memory: Memory;
  readonly clock: Clock;
  readonly deadline: Deadline;
  readonly http: Http;
  readonly log: Log;
  /** The owner's own Replybus, where one is given. */
  readonly deployment?: Deployment;
  readonly smtpUrl?: string;
  /** The vendor is a server on this machine, so others on it may be called too. */
  readonly isTest: boolean;
}

/** One for a process, so that calls that find it warm also find open connections. */
const clients = { guarded: nodeHttp({ allowPrivate: false }), loopback: nodeHttp({ allowPrivate: true }) };

/** `ACME_BASE_URL` for a provider `acme`: https, or loopback in tests. */
function baseUrlOf({ id }: Provider): { readonly baseUrl?: string; readonly isTest: boolean } {
  const name = `${id.toUpperCase()}_BASE_URL`;
  const baseUrl = process.env[name];
  if (!baseUrl) return { isTest: false };
  const isTest = isLoopback(baseUrl);
  const complaint = checkUrl(baseUrl, { allowPrivate: isTest });
  if (complaint) throw new UserError(`The environment variable ${name} of this app is wrong: ${complaint}`);
  return { baseUrl, isTest };
}

/** The provider this connection is of; the one there is, or the one that was chosen. */
export function providerOf(providers: readonly Provider[], { authData }: Pick<Bundle, 'authData'>): Provider {
  const only = providers.length === 1 ? providers[0] : undefined;
  const chosen = only ?? providers.find(({ id }) => id === authData.provider);
  if (chosen) return chosen;
  const names = providers.map(({ label }) => label).join(' or ');
  throw new UserError(`This connection does not say whether it is for ${names}; reconnect it and choose.`);
}

/** One short line for each call, for the log that the app's owner sees; never a body, an address or a key. */
function logTo(z: Z): Log {
  const line =
    (level: string): Log['info'] =>
    (event, fields = {}) =>
      z.console.log(level, event, JSON.stringify(fields));
  return { info: line('info'), warn: line('warn') };
}

function logged(http: Http, log: Log, clock: Clock): Http {
  return async (request) => {
    const from = clock.now();
    const host = new URL(request.url).hostname;
    const answer = await http(request).catch((fault: unknown) => {
      log.warn('call.failed', { method: request.method, host, ms: clock.now() - from });
      throw fault;
    });
    log.info('call', { method: request.method, host, status: answer.status, ms: clock.now() - from });
    return answer;
  };
}

export function openEdge(z: Z, bundle: Bundle, providers: readonly Provider[], share: Share): Edge {
  const provider = providerOf(providers, bundle);
  const { baseUrl, isTest } = baseUrlOf(provider);
  const deadline = deadlineIn(CALL_MS, systemClock);
  const clock = clockUntil(deadline, systemClock);
  const log = logTo(z);
  const http = logged(httpUntil(deadline, isTest ? clients.loopback : clients.guarded), log, clock);
  const ports: Ports = { http, clock, random: systemRandom, log };
  const apiKey = bundle.authData.apiKey?.trim() ?? '';
  const connection = provider.connect({ apiKey, quotaShare: share, ...(baseUrl ? { baseUrl } : {}) }, ports);
  const deployment = deploymentOf(bundle, { provider, http, clock, isTest });
  const smtpUrl = bundle.authData.smtpUrl?.trim();
  return {
    provider,
    connection,
    memory: memoryOf(z.cache),
    clock,
    deadline,
    http,
    log,
    isTest,
    ...(deployment ? { deployment } : {}),
    ...(smtpUrl ? { smtpUrl } : {}),
  };
}
