import { createSandbox, SANDBOX_URLS, type Sandbox } from '../../sandbox/sandbox.ts';
import { seededRandom } from '../../sandbox/seeded.ts';
import { createSwitches, DEMO_KEYS, type Switches, type Vendor } from '../../sandbox/switches.ts';
import { createWorld, type World } from '../../sandbox/world.ts';
import type { WorldThread } from '../../sandbox/world-model.ts';
import type { HttpRequest, HttpResponse } from '../../shared/ports.ts';

export const START = Date.UTC(2024, 0, 15, 14, 30);
export const MINUTE = 60_000;

export interface Stage {
  readonly world: World;
  readonly sandbox: Sandbox;
  readonly switches: Switches;
  readonly campaignId: string;
  readonly slept: number[];
  /** Moves the world's clock. */
  wait(ms: number): void;
  /** A thread whose lead wrote once, `agoMs` ago. */
  lead(email: string, agoMs?: number, fields?: Partial<WorldThread>): WorldThread;
  call(vendor: Vendor, target: string, options?: Partial<HttpRequest>): Promise<HttpResponse>;
  get(vendor: Vendor, target: string): Promise<unknown>;
  /** The rows of a list, by lead. */
  leads(vendor: Vendor, target: string): Promise<string[]>;
}

const HEADERS = {
  cohesive: { 'x-api-key': DEMO_KEYS.cohesive },
  coldsend: { 'X-API-Key': DEMO_KEYS.coldsend },
} as const;

/** The array in a list's answer, bare or wrapped. */
export function rowsOf(answer: unknown): Record<string, unknown>[] {
  if (Array.isArray(answer)) return answer;
  return Object.values(answer ?? {}).find(Array.isArray) ?? [];
}

export function stage(changes: Partial<Switches> = {}, activity: 'any' | 'inbound' = 'any'): Stage {
  let now = START;
  const slept: number[] = [];
  const world = createWorld({ seed: 7, now: () => now, activity });
  const campaignId = world.addCampaign({ name: 'Q1 Product Launch' }).id;
  const switches = createSwitches(changes);
  const clock = {
    sleep: async (ms: number) => {
      slept.push(ms);
    },
  };
  const sandbox = createSandbox({ world, switches, random: seededRandom(3), clock });
  const call: Stage['call'] = (vendor, target, options = {}) =>
    sandbox.http({
      method: 'GET',
      url: `${SANDBOX_URLS[vendor]}${target}`,
      headers: HEADERS[vendor],
      timeoutMs: 10_000,
      bytesMax: 1_000_000,
      ...options,
    });
  const get: Stage['get'] = async (vendor, target) => JSON.parse((await call(vendor, target)).body);
  return {
    world,
    sandbox,
    switches,
    campaignId,
    slept,
    call,
    get,
    wait: (ms) => {
      now += ms;
    },
    lead: (email, agoMs = 0, fields = {}) => {
      const thread = world.addThread({ campaignId, leadEmail: email, leadName: 'Jane Doe', ...fields });
      world.addMessage(thread.id, { direction: 'inbound', sentAt: now - agoMs, text: `Hello from ${email}` });
      world.look();
      return thread;
    },
    leads: async (vendor, target) =>
      rowsOf(await get(vendor, target)).map((row) => String(row.lead_email ?? row.leadEmail)),
  };
}

/** Keys and types of a value, for comparing an answer with a sample. */
export function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shapeOf(value[0])];
  if (value === null) return 'null';
  if (typeof value !== 'object') return typeof value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, inner]) => [key, shapeOf(inner)] as const)
      .sort(([left], [right]) => (left < right ? -1 : 1)),
  );
}

export const post = (body: unknown) => ({ method: 'POST' as const, body: JSON.stringify(body) });
export const patch = (body?: unknown) => ({
  method: 'PATCH' as const,
  ...(body === undefined ? {} : { body: JSON.stringify(body) }),
});
