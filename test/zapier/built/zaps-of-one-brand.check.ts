import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { type Driven, drive, ending } from './driven.ts';
import { openStage, type Stage } from './stage.ts';

const BUILD = join(import.meta.dirname, '../../../zapier/build');
const HOUR = 3_600_000;

type Item = Readonly<Record<string, unknown>>;

const opened: AsyncDisposable[] = [];

afterEach(async () => {
  for (const one of opened.splice(0)) await one[Symbol.asyncDispose]();
});

/** What Zapier's editor and its runs call, on one of the apps. */
async function owner(zip: string, authData: Item) {
  const stage: Stage = await openStage();
  const app: Driven = await drive(join(BUILD, zip), stage.environment);
  opened.push(app, stage);
  const run = async (method: string, inputData: Item = {}, meta: Item = {}) =>
    (await app.run(`${method}.operation.perform`, { authData, inputData, meta })) as Item[];
  return {
    stage,
    connects: () => app.run('authentication.test', { authData }),
    run,
    chooses: async (list: string, name: RegExp, inputData: Item = {}) => {
      const choices = await run(`triggers.${list}`, inputData, { isFillingDynamicDropdown: true });
      return choices.find((choice) => name.test(String(choice.name)))?.id;
    },
    sample: (key: string, inputData: Item) => run(`triggers.${key}`, inputData, { isLoadingSample: true }),
    switchesOn: async (key: string, inputData: Item) => {
      const before = await run(`triggers.${key}`, inputData, { isPopulatingDedupe: true });
      const seen = new Set(before.map(({ id }) => id));
      return async () => (await run(`triggers.${key}`, inputData)).filter(({ id }) => !seen.has(id));
    },
  };
}

describe('Zaps as new owners build them from the docs in the apps of one brand', () => {
  it("tidy up after a label of ColdSend's, chosen before any reply has come", async () => {
    const zap = await owner('coldsend.zip', { apiKey: 'cs_live_demo' });
    expect(await zap.connects()).toMatchObject({ connection_name: expect.stringContaining('ColdSend') });
    const inputData = { intent: await zap.chooses('intents', /^Not interested$/) };
    expect(inputData.intent).toBe('not_interested');
    expect(await zap.sample('new_labelled_reply', inputData)).toEqual([]);
    const fires = await zap.switchesOn('new_labelled_reply', inputData);
    zap.stage.lead('no@acme.example', 60_000, { intent: 'Not Interested' });
    zap.stage.lead('yes@acme.example', 60_000, { intent: 'Interested' });
    const [fired, ...more] = await fires();
    expect(more).toEqual([]);
    expect(fired).toMatchObject({ lead_email: 'no@acme.example', intent: 'Not Interested' });
    expect(await zap.run('creates.mark_read', { thread_id: fired?.thread_id })).toMatchObject({ read: true });
  });

  it('show first replies of interested leads of one campaign to a colleague, on Cohesive', async () => {
    const zap = await owner('cohesive.zip', { apiKey: 'demo-cohesive-key' });
    const { id: other } = zap.stage.sandbox.world.addCampaign({ name: 'Winter' });
    const talker = zap.stage.lead('talker@acme.example', 3 * HOUR, { intent: 'interested' });
    const inputData = {
      campaign_id: await zap.chooses('campaigns', /^Q1 Product Launch$/),
      interest: 'interested',
      first_only: true,
    };
    expect(await zap.sample('new_reply', inputData)).toMatchObject([{ lead_email: 'talker@acme.example' }]);
    const fires = await zap.switchesOn('new_reply', inputData);
    zap.stage.says(talker.id, 'A second thought.');
    zap.stage.lead('elsewhere@acme.example', 60_000, { intent: 'interested', campaignId: other });
    zap.stage.lead('cold@acme.example', 60_000);
    zap.stage.lead('hot@acme.example', 60_000, { intent: 'interested' });
    const fired = await fires();
    expect(fired.map((item) => item.lead_email)).toEqual(['hot@acme.example']);
    const fields = { thread_id: fired[0]?.thread_id, to: 'engineer@acme.example' };
    expect(await zap.run('creates.forward_thread', fields)).toMatchObject({ lead_email: 'hot@acme.example' });
    expect(zap.stage.sandbox.world.outbox).toMatchObject([{ kind: 'forward', to: ['engineer@acme.example'] }]);
  });

  it('answer the newest message that a search finds, unless a colleague was quicker', async () => {
    const zap = await owner('cohesive.zip', { apiKey: 'demo-cohesive-key' });
    const { world } = zap.stage.sandbox;
    const leads = ['open@acme.example', 'answered@acme.example'].map((email) => zap.stage.lead(email, HOUR));
    const found = async (search: string) => (await zap.run('searches.find_thread', { search }))[0];
    const answers = async (email: string) => {
      const { id: thread_id, lead_first_name: name } = (await found(email)) ?? {};
      const [newest] = await zap.run('searches.find_messages', { thread_id, direction: 'inbound' });
      const mapped = { thread_id, message_id: newest?.id, only_if_unanswered: true };
      return await ending(zap.run('creates.send_reply', { ...mapped, text: `Hi ${name}, gladly.` }));
    };
    await sleep(20);
    world.addMessage(leads[1]?.id ?? '', { direction: 'outbound', sentAt: world.now(), text: 'Done, by hand.' });
    world.look();
    expect((await answers('open@acme.example')).name).toBe('none');
    expect(await answers('answered@acme.example')).toMatchObject({ name: 'HaltedError' });
    expect(world.outbox.map(({ threadId }) => threadId)).toEqual([leads[0]?.id]);
    expect(world.outbox[0]?.text).toContain('Hi Jane, gladly.');
  });
});
