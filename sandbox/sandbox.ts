import { type Clock, type Http, HttpFault, type HttpRequest, type HttpResponse } from '../shared/ports.ts';
import type { Handler, SandboxRequest, Scene } from './exchange.ts';
import { answerUnder, drawFault, firstHalf } from './faults.ts';
import type { Switches, Vendor } from './switches.ts';
import { createVendors } from './vendors.ts';
import type { World } from './world.ts';

export const SANDBOX_URLS = {
  cohesive: 'http://cohesive.sandbox/api',
  coldsend: 'http://coldsend.sandbox/api/public/v1',
} as const satisfies Record<Vendor, string>;

export interface Sandbox {
  readonly world: World;
  /** Change it at will: it is read at every request. */
  readonly switches: Switches;
  /** Both vendors without sockets, by their base URLs in {@link SANDBOX_URLS}, with the faults of the switches. */
  readonly http: Http;
  /** One vendor's answer, without faults. */
  handle(vendor: Vendor, request: SandboxRequest): HttpResponse;
}

/** A vendor as it is reached without sockets. */
export interface Reached {
  readonly vendor: string;
  readonly url: string;
  readonly handle: Handler;
}

function split(url: string, base: string): { readonly path: string; readonly query: string } {
  const mark = url.indexOf('?', base.length);
  return mark < 0
    ? { path: url.slice(base.length), query: '' }
    : { path: url.slice(base.length, mark), query: url.slice(mark + 1) };
}

/** Cuts as a client would that stops reading at its limit. */
function withinBytes(answer: HttpResponse, bytesMax: number): HttpResponse {
  // No character takes more than three bytes per UTF-16 unit: what is short enough need not be counted.
  if (answer.body.length * 3 <= bytesMax || Buffer.byteLength(answer.body) <= bytesMax) return answer;
  return { ...answer, body: Buffer.from(answer.body).subarray(0, bytesMax).toString(), truncated: true };
}

export interface Parts extends Scene {
  readonly clock: Pick<Clock, 'sleep'>;
}

/** False when the caller's deadline came first. */
async function delay({ switches, clock }: Parts, timeoutMs: number): Promise<boolean> {
  if (switches.latencyMs === 0) return true;
  await clock.sleep(Math.min(switches.latencyMs, timeoutMs));
  return switches.latencyMs <= timeoutMs;
}

/** Vendors without sockets, each below its base URL, with the faults of the switches. */
export function createHttp(parts: Parts, vendors: readonly Reached[]): Http {
  return async (request: HttpRequest) => {
    const target = vendors.find(({ url }) => request.url.startsWith(url));
    if (!target) throw new HttpFault('ENOTFOUND', false);
    const { vendor, handle } = target;
    const { path, query } = split(request.url, target.url);
    const { method, headers, body } = request;
    const asked: SandboxRequest = { method, path, query, headers, ...(body === undefined ? {} : { body }) };
    const fault = drawFault(parts, asked);
    if (fault === 'refused') throw new HttpFault('ECONNREFUSED', false);
    if (fault === 'reset-before') throw new HttpFault('ECONNRESET', true);
    if (fault === 'timeout') {
      await parts.clock.sleep(request.timeoutMs);
      throw new HttpFault('timeout', true);
    }
    const inTime = await delay(parts, request.timeoutMs);
    const answer = answerUnder(fault, parts, vendor, () => handle(asked));
    if (!inTime) throw new HttpFault('timeout', true);
    if (fault === 'reset-after') throw new HttpFault('ECONNRESET', true);
    const whole = fault === 'truncated' ? { ...answer, body: firstHalf(answer.body) } : answer;
    return withinBytes(whole, request.bytesMax);
  };
}

const NAMES = ['cohesive', 'coldsend'] as const satisfies readonly Vendor[];

export function createSandbox(parts: Parts): Sandbox {
  const { world, switches } = parts;
  const handle = createVendors(parts);
  const reached = NAMES.map((vendor) => ({
    vendor,
    url: SANDBOX_URLS[vendor],
    handle: (request: SandboxRequest) => handle(vendor, request),
  }));
  return { world, switches, http: createHttp(parts, reached), handle };
}
