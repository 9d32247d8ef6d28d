import { checkUrl } from '../adapters/node/address-guard.ts';
import { systemClock, systemRandom } from '../adapters/node/clock.ts';
import { nodeHttp } from '../adapters/node/http.ts';
import { UserError } from '../shared/failure.ts';
import { type Clock, type Http, HttpFault, type Log, type Ports, type Random } from '../shared/ports.ts';
import type { CapabilityName, Connection, Provider } from '../shared/provider.ts';
import { isLoopback } from './ask.ts';
import { CALL_MS, clockUntil, type Deadline, deadlineIn, httpUntil } from './deadline.ts';
import { type Deployment, deploymentOf } from './deployment.ts';
import { type Memory, memoryOf } from './memory.ts';
import own from './package.json' with { type: 'json' };
import type { Bundle, Z } from './platform.ts';
import { strict } from './strict.ts';

/** Of each budget of the vendor: triggers leave room for what people and actions do with the same key. */
export type Share = 0.6 | 0.9 | 1;

/** What a call is for. */
export interface Purpose {
  /** The key of the trigger, action or search, for the log. */
  readonly operation: string;
  /** All of it, unless said otherwise. */
  readonly share?: Share;
  /** Calls to the vendor, at the most. */
  readonly callsMax?: number;
}

/** How the app names itself to whoever it calls. */
export const USER_AGENT = `Replybus-Zapier/${own.version}`;

/** Everything one call works with. */
export interface Edge {
  readonly provider: Provider;
  readonly connection: Connection;
  readonly memory: Memory;
  readonly clock: Clock;
  readonly random: Random;
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

/** Whether a vendor is played by a server on this machine: then a deployment may be one too. */
export const isTestBed = (names: readonly string[]): boolean =>
  names.some((name) => isLoopback(process.env[`${name.toUpperCase()}_BASE_URL`] ?? ''));

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

/**
 * Whether an app for these providers has an action: one of a single vendor only what a plain account there can run, one of
 * several whatever any of its connections may be able to do.
 */
export function isOffered(providers: readonly Provider[], capability: CapabilityName): boolean {
  return providers.length > 1 || providers.some(({ supports }) => supports.has(capability));
}

/** One short line for each call, for the log that the app's owner sees; never a body, an address or a key. */
function logTo(z: Z, operation: string): Log {
  const line =
    (level: string): Log['info'] =>
    (event, fields = {}) =>
      z.console.log(level, operation, event, JSON.stringify(fields));
  return { info: line('info'), warn: line('warn') };
}

function logged(http: Http, log: Log, clock: Clock): Http {
  return async (request) => {
    const from = clock.now();
    const host = new URL(request.url).hostname;
    const headers = { ...request.headers, 'user-agent': USER_AGENT };
    const answer = await http({ ...request, headers }).catch((fault: unknown) => {
      log.warn('call.failed', { method: request.method, host, ms: clock.now() - from });
      throw fault;
    });
    log.info('call', { method: request.method, host, status: answer.status, ms: clock.now() - from });
    return answer;
  };
}

/** What a call has besides a vendor. */
export function openPorts(z: Z, operation: string, isTest: boolean) {
  const deadline = deadlineIn(CALL_MS, systemClock);
  const clock = clockUntil(deadline, systemClock);
  const log = logTo(z, operation);
  const http = logged(httpUntil(deadline, isTest ? clients.loopback : clients.guarded), log, clock);
  // Zapier's cache answers or not, whatever is left of the call.
  return { deadline, clock, log, http, random: systemRandom, memory: memoryOf(z.cache, systemClock) };
}

/** Further calls fail, so that one search cannot use up what polls and actions need. */
function callsUpTo(most: number | undefined, http: Http): Http {
  if (most === undefined) return http;
  let calls = 0;
  return async (request) => {
    calls += 1;
    if (calls > most) throw new HttpFault('timeout', false);
    return await http(request);
  };
}

export function openEdge(z: Z, bundle: Bundle, providers: readonly Provider[], purpose: Purpose): Edge {
  const provider = providerOf(providers, bundle);
  const { baseUrl, isTest } = baseUrlOf(provider);
  const opened = openPorts(z, purpose.operation, isTest);
  const { http, clock, random, log } = opened;
  const ports: Ports = { http: callsUpTo(purpose.callsMax, http), clock, random, log };
  const apiKey = bundle.authData.apiKey?.trim() ?? '';
  const quotaShare = purpose.share ?? 1;
  const connection = strict(provider.connect({ apiKey, quotaShare, ...(baseUrl ? { baseUrl } : {}) }, ports));
  const deployment = deploymentOf(bundle, { provider, http, clock, isTest });
  const smtpUrl = bundle.authData.smtpUrl?.trim();
  return {
    ...opened,
    provider,
    connection,
    isTest,
    ...(deployment ? { deployment } : {}),
    ...(smtpUrl ? { smtpUrl } : {}),
  };
}
