import { type Clock, type Http, HttpFault, type HttpRequest, type HttpResponse, type Random } from '../shared/ports.ts';
import type { SandboxRequest, Scene } from './exchange.ts';
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

function split(url: string): { readonly vendor: Vendor; readonly path: string; readonly query: string } | undefined {
  const vendor: Vendor = url.startsWith(SANDBOX_URLS.coldsend) ? 'coldsend' : 'cohesive';
  const base = SANDBOX_URLS[vendor];
  if (!url.startsWith(base)) return undefined;
  const mark = url.indexOf('?', base.length);
  return mark < 0
    ? { vendor, path: url.slice(base.length), query: '' }
    : { vendor, path: url.slice(base.length, mark), query: url.slice(mark + 1) };
}

/** Cuts as a client would that stops reading at its limit. */
function withinBytes(answer: HttpResponse, bytesMax: number): HttpResponse {
  // No character takes more than three bytes per UTF-16 unit: what is short enough need not be counted.
  if (answer.body.length * 3 <= bytesMax || Buffer.byteLength(answer.body) <= bytesMax) return answer;
  return { ...answer, body: Buffer.from(answer.body).subarray(0, bytesMax).toString(), truncated: true };
}

interface Parts extends Scene {
  readonly clock: Pick<Clock, 'sleep'>;
}

/** False when the caller's deadline came first. */
async function delay({ switches, clock }: Parts, timeoutMs: number): Promise<boolean> {
  if (switches.latencyMs === 0) return true;
  await clock.sleep(Math.min(switches.latencyMs, timeoutMs));
  return switches.latencyMs <= timeoutMs;
}

function createHttp(parts: Parts, handle: Sandbox['handle']): Http {
  return async (request: HttpRequest) => {
    const target = split(request.url);
    if (!target) throw new HttpFault('ENOTFOUND', false);
    const { vendor, path, query } = target;
    const fault = drawFault(parts, request.method);
    if (fault === 'refused') throw new HttpFault('ECONNREFUSED', false);
    if (fault === 'reset-before') throw new HttpFault('ECONNRESET', true);
    const { method, headers, body } = request;
    const asked: SandboxRequest = { method, path, query, headers, ...(body === undefined ? {} : { body }) };
    const inTime = await delay(parts, request.timeoutMs);
    const answer = answerUnder(fault, parts, vendor, () => handle(vendor, asked));
    if (!inTime) throw new HttpFault('timeout', true);
    if (fault === 'reset-after') throw new HttpFault('ECONNRESET', true);
    const whole = fault === 'truncated' ? { ...answer, body: firstHalf(answer.body) } : answer;
    return withinBytes(whole, request.bytesMax);
  };
}

export function createSandbox(parts: {
  readonly world: World;
  readonly switches: Switches;
  readonly random: Random;
  readonly clock: Pick<Clock, 'sleep'>;
}): Sandbox {
  const { world, switches } = parts;
  const handle = createVendors(parts);
  return { world, switches, http: createHttp(parts, handle), handle };
}
