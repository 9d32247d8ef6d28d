import { seededRandom } from '../../sandbox/seeded.ts';
import { createSwitches, type Switches } from '../../sandbox/switches.ts';
import { createWorld, type World, type WorldOptions } from '../../sandbox/world.ts';
import type { HttpRequest, LogFields } from '../../shared/ports.ts';
import type { Connection, Provider } from '../../shared/provider.ts';
import { vendorNamed } from '../vendors/index.ts';
import type { TestVendor } from '../vendors/test-vendor.ts';

export const NOW = Date.UTC(2025, 0, 20, 12);
const MINUTE = 60_000;

export interface Sandboxed {
  readonly vendor: TestVendor;
  readonly connection: Connection;
  readonly world: World;
  readonly switches: Switches;
  readonly requests: HttpRequest[];
  readonly logged: { readonly event: string; readonly fields?: LogFields }[];
  readonly apiKey: string;
  connect(apiKey: string): Connection;
}

export const AWKWARD_LEADS = [
  'jane@acme.example',
  'Jo.Big+news@Acme.Example',
  "o'hara@acme.example",
  'a/b?c=d&e@acme.example',
  'bücher@exämple.example',
];

/** Two campaigns and a draft; every lead was written to, answered, was written to and answered again. */
function populate(world: World): void {
  const campaign = world.addCampaign({ name: 'First' });
  world.addCampaign({ name: 'Second', status: 'completed' });
  world.addCampaign({ name: 'Draft', status: 'draft' });
  AWKWARD_LEADS.forEach((leadEmail, index) => {
    const intent = index === 0 ? 'interested' : null;
    const thread = world.addThread({ campaignId: campaign.id, leadEmail, leadName: `Lead ${index}`, intent });
    for (const [step, direction] of (['outbound', 'inbound', 'outbound', 'inbound'] as const).entries()) {
      const sentAt = NOW - (100 - index * 10 - step) * MINUTE;
      world.addMessage(thread.id, { direction, sentAt, text: `Text ${index}.${step}` });
    }
  });
}

/** A provider on its sandbox, without sockets. Its time stands still unless another is given. */
export function sandboxed(
  provider: Provider,
  now: () => number = () => NOW,
  activity: NonNullable<WorldOptions['activity']> = 'any',
): Sandboxed {
  const vendor = vendorNamed(provider.id);
  const world = createWorld({ seed: 1, now, activity });
  populate(world);
  const switches = createSwitches();
  const clock = { now, sleep: async () => undefined };
  const http = vendor.http({ world, switches, random: seededRandom(2), clock });
  const requests: HttpRequest[] = [];
  const logged: Sandboxed['logged'] = [];
  const log = (event: string, fields?: LogFields) => void logged.push(fields ? { event, fields } : { event });
  const ports = {
    http: (request: HttpRequest) => {
      requests.push(request);
      return http(request);
    },
    clock,
    random: seededRandom(3),
    log: { info: log, warn: log },
  };
  const connect = (apiKey: string) => provider.connect({ apiKey, baseUrl: vendor.baseUrl, quotaShare: 1 }, ports);
  const { apiKey } = vendor;
  return { vendor, apiKey, connection: connect(apiKey), world, switches, requests, logged, connect };
}
