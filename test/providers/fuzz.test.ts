import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProviderError } from '../../shared/failure.ts';
import type { Connection } from '../../shared/provider.ts';
import { threadId } from '../../shared/providers/cohesive/thread-id.ts';
import { PROVIDERS } from '../../shared/providers/index.ts';
import { open, posted } from './connect.ts';
import { fixture, KEY, NOW } from './scripted.ts';

const FIXTURES = [
  'coldsend/list-conversations.json',
  'coldsend/thread-details.json',
  'coldsend/thread-messages.json',
  'coldsend/campaigns.json',
  'cohesive/campaigns.json',
  'cohesive/inbox-replies.json',
  'cohesive/conversation.json',
].map(fixture);

/** Replaces one value, somewhere inside. */
function mutate(json: unknown, path: readonly number[], value: unknown): unknown {
  const [step, ...more] = path;
  if (step === undefined || typeof json !== 'object' || json === null) return value;
  const entries = Object.entries(json);
  if (entries.length === 0) return value;
  const at = step % entries.length;
  const changed = entries.map(
    ([key, child], index) => [key, index === at ? mutate(child, more, value) : child] as const,
  );
  return Array.isArray(json) ? changed.map(([, child]) => child) : Object.fromEntries(changed);
}

const oddity = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom(null, '', KEY, '\ud800', '__proto__', 1e308, -1, [], {}, [[]], { error: KEY }, { success: false }),
);
const mutant = fc
  .tuple(fc.constantFrom(...FIXTURES), fc.array(fc.nat(50), { maxLength: 5 }), oddity)
  .map(([json, path, value]) => JSON.stringify(mutate(json, path, value)));
const cut = fc
  .tuple(mutant, fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([text, part]) => text.slice(0, text.length * part));
const body = fc.oneof(
  { weight: 6, arbitrary: mutant },
  cut,
  fc.string(),
  fc.json(),
  fc.constant(`<html>${KEY}</html>`),
);
const status = fc.oneof(
  { weight: 8, arbitrary: fc.constant(200) },
  fc.constantFrom(201, 204, 302, 400, 401, 403, 404, 409, 422, 429, 500),
);

const ID = threadId({ campaignId: 'camp_1', leadEmail: 'jane@example.com' });
const THREAD = { id: ID, key: ID, campaign: null, lead: { email: 'jane@example.com' }, box: 'reply' } as const;
const FEED = { id: 'camp_1', campaign: null };

const READS: readonly ((connection: Connection) => Promise<unknown>)[] = [
  ({ verify }) => verify(),
  ({ campaigns }) => campaigns.list(),
  ({ feeds }) => feeds.feeds(['*']),
  async ({ feeds }) => (await feeds.rows(FEED, { rows: 100 })).page(),
  async ({ feeds }) => (await feeds.rows(FEED, { rows: 100, position: '7.7.0.0.' })).page(),
  async ({ feeds }) =>
    (await feeds.rows(FEED, { rows: 100, position: '40.30.1.0.5.abcdefgh', unordered: true })).page(),
  ({ feeds }) => feeds.open({ ...THREAD, interested: false, tags: [], lastActivityAt: NOW, vendor: {} }),
  ({ threads }) => threads.list({ search: 'x' }),
  ({ threads }) => threads.read(ID),
  ({ replies }) => posted(replies, { threadId: ID, html: 'x', text: 'x', cc: [], bcc: [], attachments: [] }),
];

describe.each(PROVIDERS.map((provider) => ({ label: provider.label, provider })))(
  '$label, fed nonsense,',
  ({ provider }) => {
    it('answers with values or a ProviderError, never with the key', async () => {
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...READS), status, body, async (read, code, text) => {
          const { connection, world } = open(provider, () => ({ status: code, body: text }));
          const outcome = await read(connection).catch((error: unknown) => error);
          expect(world.requests.length).toBeLessThan(80);
          if (!(outcome instanceof Error)) return;
          expect(outcome).toBeInstanceOf(ProviderError);
          expect(outcome.message).not.toContain(KEY);
          expect(JSON.stringify(outcome)).not.toContain(KEY);
        }),
        { numRuns: 2_000 },
      );
    });
  },
);
