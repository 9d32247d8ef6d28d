import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Vendor } from '../../../sandbox/switches.ts';
import { type Driven, drive, ending } from './driven.ts';
import { cacheService, type InBetween, inBetween } from './in-between.ts';
import { openStage, type Stage, VENDORS } from './stage.ts';

const ZIP = join(import.meta.dirname, '../../../zapier/build/build.zip');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

type Item = Readonly<Record<string, unknown>>;

/** One inbox, and an app that asks for it through a server that counts. */
interface Bench {
  readonly stage: Stage;
  readonly app: Driven;
  readonly asked: InBetween['asked'];
  poll(key: string, meta?: Item, inputData?: Item): Promise<Item[]>;
}

const opened: AsyncDisposable[] = [];

async function bench(vendor: Vendor): Promise<Bench> {
  const stage = await openStage();
  const between = await inBetween(stage.sandbox.urls[vendor]);
  const app = await drive(ZIP, { ...stage.environment, [`${vendor.toUpperCase()}_BASE_URL`]: between.url });
  opened.push(app, between, stage);
  return {
    stage,
    app,
    asked: between.asked,
    poll: async (key, meta = {}, inputData = {}) =>
      (await app.run(`triggers.${key}.operation.perform`, { authData: stage.auth(vendor), meta, inputData })) as Item[],
  };
}

afterEach(async () => {
  for (const one of opened.splice(0)) await one[Symbol.asyncDispose]();
});

/** Campaigns of Cohesive's, each with a thread of long ago; the leads that can write again. */
function campaigns({ stage }: Bench, count: number, status: 'active' | 'completed' = 'active'): readonly string[] {
  const { world } = stage.sandbox;
  return Array.from({ length: count }, (_, at) => {
    const { id } = world.addCampaign({ name: `Campaign ${at}`, status });
    return stage.lead(`lead${at}@acme.example`, 100 * HOUR, { campaignId: id }).id;
  });
}

const ids = (items: readonly Item[]) => items.map(({ id }) => String(id));
const PRIMING = { isPopulatingDedupe: true };

describe('a slow vendor with many campaigns', () => {
  it.each([
    [49, 2_000],
    [150, 900],
  ])(
    'is read whole: %i of them at %i ms',
    async (count, latencyMs) => {
      const one = await bench('cohesive');
      const threads = campaigns(one, count);
      one.stage.sandbox.switches.latencyMs = latencyMs;
      const seen = new Set(ids(await one.poll('new_reply', PRIMING)));
      for (const thread of [threads.at(0), threads.at(-1)]) one.stage.says(thread ?? '', 'Yes, please.');
      const fired: Item[] = [];
      for (let polls = 0; polls < 2 && fired.length < 2; polls += 1)
        fired.push(...(await one.poll('new_reply')).filter(({ id }) => !seen.has(String(id))));
      expect(new Set(fired.map(({ text }) => text))).toEqual(new Set(['Yes, please.']));
      expect(new Set(fired.map((item) => item.lead_email)).size).toBe(2);
    },
    180_000,
  );

  it('is read in turns when one call cannot read all of it, and no Zap is switched on before', async () => {
    const one = await bench('cohesive');
    const threads = campaigns(one, 40);
    const seen = new Set(ids(await one.poll('new_reply', PRIMING)));
    for (const thread of threads) one.stage.says(thread, 'Yes, please.');
    one.stage.sandbox.switches.latencyMs = 6_000;
    const told = new Set<unknown>();
    const rounds: number[] = [];
    for (let polls = 0; polls < 5 && told.size < threads.length; polls += 1) {
      const items = await one.poll('new_reply').catch(() => []);
      for (const { id, lead_email: lead } of items) if (!seen.has(String(id))) told.add(lead);
      rounds.push(told.size);
    }
    expect(told.size, `told after each poll: ${rounds}`).toBe(threads.length);
    const authData = one.stage.auth('cohesive');
    const { sentence } = await ending(
      one.app.run('triggers.new_reply.operation.perform', { authData, meta: PRIMING, inputData: {} }),
    );
    expect(sentence).toMatch(/could not be read in the time there is|did not answer in time/);
  }, 240_000);
});

describe.each(VENDORS)('switching on a Zap on %s', (vendor) => {
  it.each([183, 500])(
    'fires for nothing old while %i threads are active',
    async (count) => {
      const one = await bench(vendor);
      for (let at = 0; at < count; at += 1) one.stage.lead(`lead${at}@acme.example`, (at % 80) * MINUTE);
      const authData = one.stage.auth(vendor);
      const sentences: string[] = [];
      let seen: ReadonlySet<string> | undefined;
      while (seen === undefined && sentences.length < 12) {
        const call = one.app.run('triggers.new_reply.operation.perform', { authData, meta: PRIMING });
        const { name, sentence } = await ending(call);
        if (name === 'none') seen = new Set(ids((await call) as Item[]));
        else sentences.push(sentence);
      }
      for (const sentence of sentences)
        expect(sentence).toMatch(/threads that were active lately are read; what is not/);
      const fired: Item[] = [];
      for (let polls = 0; polls < 4; polls += 1)
        fired.push(...(await one.poll('new_reply')).filter(({ id }) => !seen?.has(String(id))));
      expect(seen?.size).toBe(count);
      expect(ids(fired)).toEqual([]);
    },
    180_000,
  );

  it('is refused with a sentence while 2,000 threads are active and cannot all be read', async () => {
    const one = await bench(vendor);
    for (let at = 0; at < 2_000; at += 1) one.stage.lead(`lead${at}@acme.example`, (at % 80) * MINUTE);
    one.stage.sandbox.switches.coldsendRateLimits = true;
    one.stage.sandbox.switches.latencyMs = 60;
    const call = { authData: one.stage.auth(vendor), meta: PRIMING };
    const { name, sentence } = await ending(one.app.run('triggers.new_reply.operation.perform', call));
    expect(name).toBe('AppError');
    expect(sentence).toMatch(/could not be read in the time|threads that were active lately are read/);
  }, 120_000);
});

describe.each([
  { key: 'new_interested_reply', vendor: 'cohesive' },
  { key: 'new_interested_reply', vendor: 'coldsend' },
  { key: 'new_labelled_reply', vendor: 'coldsend' },
] as const)('switching on $key on $vendor', ({ key, vendor }) => {
  const inputData = key === 'new_labelled_reply' ? { intent: 'meeting_booked' } : {};
  const intent = key === 'new_labelled_reply' ? 'Meeting Booked' : 'interested';

  it.each([183, 500, 2_000])(
    'fires for nothing old while %i threads are active, or is refused with a sentence',
    async (count) => {
      const one = await bench(vendor);
      one.stage.sandbox.switches.shuffleTies = true;
      one.stage.sandbox.switches.coldsendRateLimits = true;
      for (let at = 0; at < count; at += 1) one.stage.lead(`lead${at}@acme.example`, (at % 80) * MINUTE, { intent });
      const call = { authData: one.stage.auth(vendor), meta: PRIMING, inputData };
      const switchingOn = one.app.run(`triggers.${key}.operation.perform`, call) as Promise<Item[]>;
      const { name, sentence } = await ending(switchingOn);
      if (name !== 'none') {
        expect([name, sentence]).toEqual([
          'AppError',
          expect.stringContaining('could not be read in the time there is'),
        ]);
        expect(count).toBe(2_000);
        return;
      }
      const seen = new Set(ids(await switchingOn));
      expect(seen.size).toBe(count);
      const late = one.stage.lead('late@acme.example', 200 * HOUR, { intent });
      const fired: Item[] = [];
      for (let polls = 0; polls < 3; polls += 1) fired.push(...(await one.poll(key, {}, inputData)));
      const fresh = new Set(fired.filter(({ id }) => !seen.has(String(id))).map((item) => item.lead_email));
      expect([...fresh].filter((email) => email !== late.leadEmail)).toEqual([]);
    },
    180_000,
  );
});

describe('samples', () => {
  it.each(VENDORS)('match the filter: first replies on %s', async (vendor) => {
    const one = await bench(vendor);
    for (let at = 0; at < 12; at += 1) one.stage.lead(`lead${at}@acme.example`, (10 + at) * HOUR);
    for (let at = 0; at < 6; at += 1) {
      const { id } = one.stage.lead(`talker${at}@acme.example`, 20 * HOUR);
      one.stage.says(id, 'And another thing.');
    }
    const sample = await one.poll('new_reply', { isLoadingSample: true }, { first_only: true });
    expect(sample).toHaveLength(3);
    expect(sample.every((item) => item.is_first_reply === true)).toBe(true);
  });

  it('are the newest over all campaigns', async () => {
    const one = await bench('cohesive');
    campaigns(one, 5);
    const { id: campaignId } = one.stage.sandbox.world.addCampaign({ name: 'The last one' });
    one.stage.lead('newest@acme.example', HOUR, { campaignId });
    const [first] = await one.poll('new_reply', { isLoadingSample: true });
    expect(first).toMatchObject({ lead_email: 'newest@acme.example', campaign_name: 'The last one' });
  });
});

describe('labels', () => {
  async function labelled(spelling: string) {
    const one = await bench('coldsend');
    one.stage.lead('old@acme.example', 2 * HOUR);
    const seen = new Set(ids(await one.poll('new_reply', PRIMING)));
    const lead = one.stage.lead('booked@acme.example', MINUTE, { intent: spelling });
    one.stage.lead('other@acme.example', MINUTE, { intent: 'not_interested' });
    return { one, seen, lead };
  }

  it.each([
    ['meeting_booked', 'Meeting Booked'],
    ['Interested', 'interested'],
    ['interested', 'Interested'],
  ])('shown as %s are matched by %s', async (spelling, intent) => {
    const { one, seen } = await labelled(spelling);
    const fired = (await one.poll('new_reply', {}, { intent })).filter(({ id }) => !seen.has(String(id)));
    expect(fired.map((item) => item.lead_email)).toEqual(['booked@acme.example']);
  });

  it('of threads are told once, however late, by the label that was chosen', async () => {
    const { one, lead } = await labelled('not_interested');
    const [choice] = (await one.poll('intents')).filter(({ name }) => name === 'Not interested');
    const inputData = { intent: choice?.id };
    const seen = new Set(ids(await one.poll('new_labelled_reply', PRIMING, inputData)));
    one.stage.sandbox.world.setLabel(one.stage.lead('late@acme.example', 200 * HOUR).id, 'not_interested');
    const fired = (await one.poll('new_labelled_reply', {}, inputData)).filter(({ id }) => !seen.has(String(id)));
    expect(fired).toMatchObject([{ lead_email: 'late@acme.example', intent: 'not_interested' }]);
    one.stage.sandbox.world.setLabel(lead.id, 'meeting_booked');
    const again = (await one.poll('new_labelled_reply', {}, inputData)).filter(({ id }) => !seen.has(String(id)));
    expect(ids(again)).toEqual(ids(fired));
  });

  it.each(['new_reply', 'new_labelled_reply'])(
    'that a vendor cannot give are refused in a sentence by %s, which would wait for them in vain',
    async (key) => {
      const one = await bench('cohesive');
      const { name, sentence } = await ending(one.poll(key, PRIMING, { intent: 'meeting_booked' }));
      expect([name, sentence]).toEqual(['AppError', expect.stringContaining('Cohesive has no labels of its own')]);
    },
  );

  it.each([
    ['Interested', 'hot@acme.example'],
    ['Not interested', 'cold@acme.example'],
  ])('of a vendor that has none are its two, of which %s fires for its own leads', async (chosen, told) => {
    const one = await bench('cohesive');
    one.stage.lead('old@acme.example', HOUR);
    const choices = await one.poll('intents', { isFillingDynamicDropdown: true });
    expect(choices.map(({ name }) => name)).toEqual(['Interested', 'Not interested']);
    const inputData = { intent: choices.find(({ name }) => name === chosen)?.id };
    const seen = new Set(ids(await one.poll('new_labelled_reply', PRIMING, inputData)));
    one.stage.lead('hot@acme.example', MINUTE, { intent: 'interested' });
    one.stage.lead('cold@acme.example', MINUTE);
    const fired = (await one.poll('new_labelled_reply', {}, inputData)).filter(({ id }) => !seen.has(String(id)));
    expect(fired.map((item) => item.lead_email)).toEqual([told]);
  });

  it('of a vendor that has none are no field of New Reply, which has its interest', async () => {
    const one = await bench('cohesive');
    const form = await one.app.run('triggers.new_reply.operation.inputFields', {
      authData: one.stage.auth('cohesive'),
    });
    expect((form as Item[]).map(({ key }) => key)).not.toContain('intent');
  });
});

describe('what is asked of the vendor', () => {
  it('leaves campaigns that are over in peace for a quarter of an hour', async () => {
    const one = await bench('cohesive');
    campaigns(one, 41, 'completed');
    await one.poll('new_interested_reply', PRIMING);
    one.asked.length = 0;
    await one.poll('new_interested_reply');
    expect(one.asked.map(({ path }) => path.replace(/\?.*/, ''))).toHaveLength(2);
  });

  it.each(['new_reply', 'new_interested_reply'])(
    'leaves those in peace that are over, among paused ones, for %s',
    async (key) => {
      const one = await bench('cohesive');
      const { world } = one.stage.sandbox;
      for (let at = 0; at < 24; at += 1) {
        const status = at % 3 === 1 ? 'paused' : 'completed';
        const { id } = world.addCampaign({ name: `Campaign ${at}`, status });
        one.stage.lead(`lead${at}@acme.example`, 100 * HOUR, { campaignId: id, intent: 'interested' });
      }
      const listed = () =>
        new Set(one.asked.flatMap(({ path }) => path.match(/\/([^/]+)\/inbox\/replies/)?.slice(1) ?? []));
      const live = [...world.campaigns.values()].filter(({ status }) => status === 'active' || status === 'paused');
      await one.poll(key, PRIMING);
      expect(listed().size).toBe(world.campaigns.size);
      one.asked.length = 0;
      await one.poll(key);
      expect(listed()).toEqual(new Set(live.map(({ id }) => id)));
    },
  );

  it('is one list of a label and nothing else, on coldsend, whatever the campaigns', async () => {
    const one = await bench('coldsend');
    const { world } = one.stage.sandbox;
    for (let at = 0; at < 24; at += 1) {
      const { id } = world.addCampaign({ name: `Campaign ${at}`, status: at % 2 === 0 ? 'completed' : 'paused' });
      one.stage.lead(`lead${at}@acme.example`, 100 * HOUR, { campaignId: id, intent: 'meeting_booked' });
    }
    const inputData = { intent: 'meeting_booked' };
    await one.poll('new_labelled_reply', PRIMING, inputData);
    one.asked.length = 0;
    await one.poll('new_labelled_reply', {}, inputData);
    expect(one.asked.map(({ path }) => path.replace(/^.*\/replies\?.*$/, 'replies'))).toEqual(['replies']);
  });

  it.each(VENDORS)(
    'is one page after the other for the status of 500 campaigns, and none of them fires, on %s',
    async (vendor) => {
      const one = await bench(vendor);
      const { world } = one.stage.sandbox;
      for (let at = 0; at < 500; at += 1) {
        const status = (['active', 'paused', 'completed'] as const)[at % 3] ?? 'active';
        world.addCampaign({ name: `Campaign ${at}`, status });
      }
      const seen = new Set(ids(await one.poll('campaign_status_changed', PRIMING)));
      one.asked.length = 0;
      const fired = (await one.poll('campaign_status_changed')).filter(({ id }) => !seen.has(String(id)));
      expect(ids(fired)).toEqual([]);
      // ColdSend shows 100 on a page.
      expect(one.asked).toHaveLength(vendor === 'cohesive' ? 1 : 6);
    },
  );

  it.each(VENDORS)('says who asks, on %s', async (vendor) => {
    const one = await bench(vendor);
    one.stage.lead('lead@acme.example', HOUR);
    await one.poll('new_reply');
    for (const { userAgent } of one.asked) expect(userAgent).toMatch(/^Replybus-Zapier\/\d+\.\d+\.\d+$/);
  });
});

describe('the cache', () => {
  it('is asked a few times for 900 threads, 350 ms away', async () => {
    const one = await bench('cohesive');
    for (let at = 0; at < 900; at += 1) one.stage.lead(`lead${at}@acme.example`, (at % 80) * MINUTE);
    await using cache = await cacheService(350);
    const call = { authData: one.stage.auth('cohesive'), services: cache.url, hasCache: true };
    const run = () => one.app.run('triggers.new_reply.operation.perform', call);
    await one.app.run('triggers.new_reply.operation.perform', { ...call, meta: PRIMING });
    cache.calls.length = 0;
    const from = Date.now();
    expect(await run()).toHaveLength(900);
    expect(cache.calls.length).toBeLessThanOrEqual(40);
    expect(Date.now() - from).toBeLessThan(15_000);
  }, 120_000);

  it.each([
    { key: 'new_interested_reply', vendor: 'cohesive', intent: 'interested', inputData: {} },
    {
      key: 'new_labelled_reply',
      vendor: 'coldsend',
      intent: 'Meeting Booked',
      inputData: { intent: 'meeting_booked' },
    },
  ] as const)(
    'is asked a few times for 500 threads of $key on $vendor, 350 ms away, of which 50 are new',
    async ({ key, vendor, intent, inputData }) => {
      const one = await bench(vendor);
      const leads = Array.from({ length: 500 }, (_, at) =>
        one.stage.lead(`lead${at}@acme.example`, (10 + at) * MINUTE, at < 50 ? {} : { intent }),
      );
      await using cache = await cacheService(350);
      const call = { authData: one.stage.auth(vendor), inputData, services: cache.url, hasCache: true };
      const run = (meta: Item = {}) => one.app.run(`triggers.${key}.operation.perform`, { ...call, meta });
      const seen = new Set(ids((await run(PRIMING)) as Item[]));
      for (const { id } of leads.slice(0, 50)) one.stage.sandbox.world.setLabel(id, intent);
      cache.calls.length = 0;
      const from = Date.now();
      const fired = ((await run()) as Item[]).filter(({ id }) => !seen.has(String(id)));
      expect(fired).toHaveLength(50);
      expect(cache.calls.length).toBeLessThanOrEqual(40);
      expect(Date.now() - from).toBeLessThan(15_000);
    },
    120_000,
  );
});
