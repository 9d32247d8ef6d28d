import type { HttpResponse } from '../shared/ports.ts';
import { html, json, type Scene } from './exchange.ts';
import { throttled } from './rate-limits.ts';
import type { Switches } from './switches.ts';

/** How one exchange goes wrong. `reset` and `refused` are the connection's; the rest ends in an answer. */
export type Fault =
  | 'refused'
  | 'reset-before'
  | 'reset-after'
  | 'throttled'
  | 'error'
  | 'error-after'
  | 'html'
  | 'truncated';

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

/** Draws one number per fault that is switched on, none when all are off. */
export function drawFault({ switches, random }: Scene, method: string): Fault | undefined {
  const { faultScope } = switches;
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

/** The answer under a fault. `carryOut` runs the request, unless the fault says it never got so far. */
export function answerUnder(
  fault: Fault | undefined,
  scene: Scene,
  vendor: string,
  carryOut: () => HttpResponse,
): HttpResponse {
  if (fault === 'throttled') return throttled(scene, vendor);
  if (fault === 'error') return errorAnswer(scene, vendor);
  const answer = carryOut();
  if (fault === 'error-after') return errorAnswer(scene, vendor);
  if (fault === 'html') return html(scene, 200);
  return answer;
}

export const firstHalf = (body: string) => body.slice(0, Math.floor(body.length / 2));
