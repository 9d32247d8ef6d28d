import type { HttpResponse } from '../shared/ports.ts';
import { createCohesive } from './cohesive.ts';
import { createColdsend } from './coldsend.ts';
import { header, type SandboxRequest, type Scene } from './exchange.ts';
import { RateLimits } from './rate-limits.ts';
import type { Vendor } from './switches.ts';

/** Both vendors over one scene, rate limits included. */
export function createVendors(scene: Scene): (vendor: Vendor, request: SandboxRequest) => HttpResponse {
  const handlers = { cohesive: createCohesive(scene), coldsend: createColdsend(scene) };
  const limits = new RateLimits();
  return (vendor, request) => {
    const key = header(request.headers, 'x-api-key');
    if (vendor === 'cohesive' || !scene.switches.coldsendRateLimits || !key) return handlers[vendor](request);
    const { headers, refusal } = limits.take(scene, key);
    const answer = refusal ?? handlers[vendor](request);
    return { ...answer, headers: { ...answer.headers, ...headers } };
  };
}
