import { describe, expect, it } from 'vitest';
import { createSandbox } from '../../sandbox/sandbox.ts';
import { seededRandom } from '../../sandbox/seeded.ts';
import { createSwitches } from '../../sandbox/switches.ts';
import { createWorld } from '../../sandbox/world.ts';
import { tryKey } from '../../shared/app/try-key.ts';
import type { HttpRequest, LogFields } from '../../shared/ports.ts';
import { PROVIDERS } from '../../shared/providers/index.ts';
import { NOW, sandboxed } from '../providers/sandboxed.ts';

describe.each(PROVIDERS.map((provider) => ({ provider, label: provider.label })))('a key of $label', ({ provider }) => {
  function bench() {
    const lines: string[] = [];
    const write = (event: string, fields?: LogFields) => void lines.push(`${event} ${JSON.stringify(fields)}`);
    const clock = { now: () => NOW, sleep: async () => {} };
    const world = createWorld({ seed: 1, now: clock.now });
    world.addCampaign({ name: 'First' });
    const { http } = createSandbox({ world, switches: createSwitches(), random: seededRandom(2), clock });
    // To the vendor's own address alone, where the sandbox stands in for it.
    const asVendor = (request: HttpRequest) => {
      expect(request.url.startsWith(provider.baseUrl)).toBe(true);
      return http({ ...request, url: request.url.replace(provider.baseUrl, sandboxed(provider).vendor.baseUrl) });
    };
    return { lines, ports: { http: asVendor, clock, random: () => 0.5, log: { info: write, warn: write } } };
  }

  it('that works is said to, with the campaigns that it sees', async () => {
    const { ports, lines } = bench();
    const { apiKey } = sandboxed(provider);
    expect(await tryKey(ports, provider.id, apiKey)).toEqual({ warning: null, campaigns: 1 });
    expect(lines.join()).not.toContain(apiKey);
  });

  it('that opens nothing is said to, in words without it', async () => {
    const { ports, lines } = bench();
    const words = await tryKey(ports, provider.id, 'no-such-key').then(
      ({ warning }) => warning,
      (error: Error) => error.message,
    );
    expect(words).toMatch(/key/);
    expect(`${words} ${lines.join()}`).not.toContain('no-such-key');
  });
});
