import { type AddressInfo, connect } from 'node:net';
import { createServer } from 'node:tls';
import { startSandbox } from '../../../sandbox/server.ts';
import { DEMO_KEYS } from '../../../sandbox/switches.ts';
import { CERTIFICATE, KEY } from '../../forwarding/certificate.ts';
import { REPLY_TEXT } from './reply-text.ts';

export interface VendorReady {
  readonly urls: { readonly cohesive: string; readonly coldsend: string };
  /** The same over TLS, as `https://mail.example:<port>` with the tests' certificate. */
  readonly tlsPort: number;
  readonly campaigns: readonly string[];
  readonly coldsendKeys: readonly string[];
}

export interface VendorWish {
  readonly latencyMs: number;
}

const CAMPAIGNS = 50;
const THREADS = 60;
const KEYS = 1_000;
const threadEveryMs = Number(process.argv[2]);

const coldsendKeys = [DEMO_KEYS.coldsend, ...Array.from({ length: KEYS - 1 }, (_, index) => `cs_live_${index}`)];
const scopes = ['replies:all', 'campaigns:read'];
const switches = { coldsendKeys: Object.fromEntries(coldsendKeys.map((key) => [key, scopes])) };
const sandbox = await startSandbox({ port: 0, seed: 1, lively: false, switches });
const { world, urls } = sandbox;

/** With a thread every hour, old enough that nothing can still become visible. */
function fill(campaignId: string, name: string): void {
  for (let index = 0; index < THREADS; index += 1) {
    const intent = index % 2 === 0 ? 'interested' : null;
    const leadEmail = `lead${index}@${name}.example`;
    const thread = world.addThread({ campaignId, leadEmail, leadName: `Lead ${index}`, intent });
    const sentAt = world.now() - (index + 6) * threadEveryMs;
    world.addMessage(thread.id, { direction: 'inbound', sentAt, text: REPLY_TEXT });
  }
}

const campaigns = Array.from({ length: CAMPAIGNS }, () => world.addCampaign({ vendor: 'cohesive' }).id);
for (const [index, id] of campaigns.entries()) fill(id, `customer${index}`);
fill(world.addCampaign({ vendor: 'coldsend' }).id, 'workspace');

const port = Number(new URL(urls.cohesive).port);
const server = createServer({ key: KEY, cert: CERTIFICATE }, (outer) => {
  const inner = connect(port, '127.0.0.1');
  outer.on('error', () => inner.destroy());
  inner.on('error', () => outer.destroy());
  outer.pipe(inner).pipe(outer);
});
await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
const { port: tlsPort } = server.address() as AddressInfo;

process.on('message', ({ latencyMs }: VendorWish) => {
  sandbox.switches.latencyMs = latencyMs;
  process.send?.('done');
});
process.on('disconnect', () => process.exit());
process.send?.({
  urls: { cohesive: urls.cohesive, coldsend: urls.coldsend },
  tlsPort,
  campaigns,
  coldsendKeys,
} satisfies VendorReady);
