import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Driven, drive } from './driven.ts';
import { openStage, type Stage } from './stage.ts';

const ZIP = join(import.meta.dirname, '../../../zapier/build/build.zip');
const HOUR = 3_600_000;

type Item = Readonly<Record<string, unknown>>;

let stage: Stage;
let app: Driven;

beforeAll(async () => {
  stage = await openStage();
  app = await drive(ZIP, stage.environment);
});

afterAll(async () => {
  await app?.[Symbol.asyncDispose]();
  await stage?.[Symbol.asyncDispose]();
});

/** What Zapier's editor and its runs call, in their order. */
function zap(trigger: string, authData: Item, inputData: Item = {}) {
  const method = `triggers.${trigger}.operation.perform`;
  const seen = new Set<unknown>();
  const call = async (meta: Item) => (await app.run(method, { authData, inputData, meta })) as Item[];
  return {
    sample: () => call({ isLoadingSample: true }),
    async switchOn() {
      for (const { id } of await call({ isPopulatingDedupe: true })) seen.add(id);
    },
    async fires() {
      const fresh = (await call({})).filter(({ id }) => !seen.has(id));
      for (const { id } of fresh) seen.add(id);
      return fresh;
    },
  };
}

const choose = async (list: string, authData: Item, name: RegExp, inputData: Item = {}) => {
  const call = { authData, inputData, meta: { isFillingDynamicDropdown: true } };
  const found = (await app.run(`triggers.${list}.operation.perform`, call)) as Item[];
  return found.find((choice) => name.test(String(choice.name)))?.id;
};

const act = async (create: string, authData: Item, inputData: Item) =>
  (await app.run(`creates.${create}.operation.perform`, { authData, inputData })) as Item;

describe('Zaps as a new owner builds them from the docs', () => {
  it('answer a lead that is labelled interested in one campaign', async () => {
    const authData = stage.auth('cohesive', { connectionName: 'Sales' });
    expect(await app.run('authentication.test', { authData })).toMatchObject({ connection_name: 'Sales' });
    const lead = stage.lead('zap1@acme.example', 3 * HOUR);
    stage.sandbox.world.setLabel(stage.lead('before@acme.example', 5 * HOUR).id, 'interested');
    const campaign = await choose('campaigns', authData, /^Q1 Product Launch$/);
    const first = zap('new_interested_reply', authData, { campaign_id: campaign });
    expect(await first.sample()).toMatchObject([{ lead_email: 'before@acme.example' }]);
    await first.switchOn();
    stage.sandbox.world.setLabel(lead.id, 'interested');
    const [fired] = await first.fires();
    expect(fired).toMatchObject({
      lead_email: 'zap1@acme.example',
      lead_first_name: 'Jane',
      campaign_name: 'Q1 Product Launch',
    });
    const sent = await act('send_reply', authData, {
      thread_id: fired?.thread_id,
      message_id: fired?.message_id,
      text: `Hi ${fired?.lead_first_name}, shall we talk on Monday?`,
      only_if_unanswered: 'yes',
    });
    expect(sent).toMatchObject({ status: 'sent', lead_email: 'zap1@acme.example' });
    expect(await first.fires()).toEqual([]);
  });

  it('star and mark read what carries a label that was chosen', async () => {
    const authData = stage.auth('coldsend');
    stage.lead('seen@acme.example', 2 * HOUR, { intent: 'meeting_booked' });
    const label = await choose('intents', authData, /^Meeting booked$/);
    const second = zap('new_labelled_reply', authData, { intent: label });
    expect(await second.sample()).toMatchObject([{ intent: 'meeting_booked' }]);
    await second.switchOn();
    stage.sandbox.world.setLabel(stage.lead('zap2@acme.example', 90 * HOUR).id, 'meeting_booked');
    const [fired] = await second.fires();
    expect(fired).toMatchObject({ lead_email: 'zap2@acme.example' });
    expect(await act('star_thread', authData, { thread_id: fired?.thread_id, starred: 'true' })).toMatchObject({
      starred: true,
    });
    expect(await act('mark_read', authData, { thread_id: fired?.thread_id })).toMatchObject({ read: true });
  });

  it('star a new reply once its campaign was looked up by the name that the reply gives', async () => {
    const authData = stage.auth('coldsend');
    const replies = zap('new_reply', authData, { first_only: 'true' });
    expect((await replies.sample()).length).toBeGreaterThan(0);
    await replies.switchOn();
    stage.lead('zap4@acme.example', 60_000);
    const [fired] = await replies.fires();
    const call = { authData, inputData: { search: fired?.campaign_name } };
    const [campaign] = (await app.run('searches.find_campaign.operation.perform', call)) as Item[];
    expect(campaign).toMatchObject({ id: fired?.campaign_id, status: 'active' });
    const step = { thread_id: fired?.thread_id, starred: 'true' };
    expect(await act('star_thread', authData, step)).toMatchObject({ id: fired?.thread_id, starred: true });
  });

  it('forward to a colleague what another app asks about', async () => {
    const authData = stage.auth('cohesive');
    stage.lead('zap3@acme.example', HOUR);
    const call = { authData, inputData: { search: 'zap3@acme.example' } };
    const [thread] = (await app.run('searches.find_thread.operation.perform', call)) as Item[];
    const sent = await act('forward_thread', authData, { thread_id: thread?.id, to: ['boss@acme.example'] });
    expect(sent).toMatchObject({ status: 'sent', lead_email: 'zap3@acme.example' });
    expect(stage.sandbox.world.outbox.at(-1)).toMatchObject({ kind: 'forward', to: ['boss@acme.example'] });
  });
});
