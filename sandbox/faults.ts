import type { HttpResponse } from '../shared/ports.ts';
import { LIMIT_DEFAULT } from './coldsend-checks.ts';
import { decoded, html, json, type SandboxRequest, type Scene } from './exchange.ts';
import { throttled } from './rate-limits.ts';
import type { Failing, Switches } from './switches.ts';

/** How one exchange goes wrong. `reset`, `refused` and `timeout` are the connection's; the rest ends in an answer. */
export type Fault =
  | Failing
  | 'refused'
  | 'reset-before'
  | 'reset-after'
  | 'throttled'
  | 'error'
  | 'error-after'
  | 'html';

const RATES: readonly (readonly [Fault, (switches: Switches) => number])[] = [
  ['refused', (switches) => switches.refusedRate],
  ['reset-before', (switches) => switches.resetBeforeRate],
  ['throttled', (switches) => switches.throttledRate],
  ['error', (switches) => switches.errorRate],
  ['error-after', (switches) => switches.errorAfterRate],
  ['reset-after', (switches) => switches.resetAfterRate],
  ['html', (switches) => switches.htmlRate],
  ['truncated', (switches) => switches.truncatedRate],
];

/** How this request ends each time, if it does. */
function failingOf({ failing }: Switches, { path, query }: SandboxRequest): Failing | undefined {
  const known = Object.entries(failing);
  if (known.length === 0) return undefined;
  const asked = decoded(`${path}?${query}`).toLowerCase();
  return known.find(([part]) => asked.includes(part.toLowerCase()))?.[1];
}

/** Where a page of a list begins: Cohesive counts rows, ColdSend pages, of which those of a thread are none of a list. */
function firstRow({ path, query }: SandboxRequest): number {
  if (path.endsWith('/messages')) return 0;
  const asked = new URLSearchParams(query);
  const before = Math.max(0, Number(asked.get('page') ?? 1) - 1);
  return Number(asked.get('offset') ?? 0) + before * Number(asked.get('limit') ?? LIMIT_DEFAULT);
}

/** Draws one number per fault that is switched on, none when all are off. */
export function drawFault({ switches, random }: Scene, request: SandboxRequest): Fault | undefined {
  const { faultScope } = switches;
  const { method } = request;
  const failing = failingOf(switches, request);
  if (failing) return failing;
  const { failingBelowRow } = switches;
  if (failingBelowRow > 0 && method === 'GET' && firstRow(request) >= failingBelowRow) return '500';
  if (faultScope !== 'all' && (faultScope === 'reads') !== (method === 'GET')) return undefined;
  for (const [fault, rateOf] of RATES) {
    const rate = rateOf(switches);
    if (rate > 0 && random() < rate) return fault;
  }
  return undefined;
}

const errorAnswer = (scene: Scene, vendor: string) =>
  // ColdSend documents no body for a 5xx: FastAPI's own text is assumed.
  json(
    scene,
    vendor === 'cohesive' ? { error: 'An unexpected error occurred' } : { detail: 'Internal Server Error' },
    scene.switches.errorStatus,
  );

const FAILING_TEXTS: Readonly<Record<string, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not found',
  429: 'Too many requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** A vendor that asks to wait says for how long. */
function failingAnswer(scene: Scene, vendor: string, status: string): HttpResponse {
  const said = FAILING_TEXTS[status];
  const answer = json(scene, vendor === 'cohesive' ? { error: said } : { detail: said }, Number(status));
  if (status !== '429' && status !== '503') return answer;
  return { ...answer, headers: { ...answer.headers, 'retry-after': String(scene.switches.throttledSeconds) } };
}

/** The answer under a fault. `carryOut` runs the request, unless the fault says it never got so far. */
export function answerUnder(
  fault: Fault | undefined,
  scene: Scene,
  vendor: string,
  carryOut: () => HttpResponse,
): HttpResponse {
  if (fault === 'throttled') return throttled(scene, vendor);
  if (fault === 'error') return errorAnswer(scene, vendor);
  if (fault !== undefined && fault in FAILING_TEXTS) return failingAnswer(scene, vendor, fault);
  const answer = carryOut();
  if (fault === 'error-after') return errorAnswer(scene, vendor);
  if (fault === 'html') return html(scene, 200);
  return answer;
}

export const firstHalf = (body: string) => body.slice(0, Math.floor(body.length / 2));
