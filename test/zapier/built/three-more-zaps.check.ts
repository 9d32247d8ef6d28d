import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MailServer, startMailServer } from '../../cli/acting-bench.ts';
import { type Driven, drive } from './driven.ts';
import { openStage, type Stage } from './stage.ts';

const ZIP = join(import.meta.dirname, '../../../zapier/build/build.zip');
const HOUR = 3_600_000;

type Item = Readonly<Record<string, unknown>>;

let stage: Stage;
let app: Driven;
let mailServer: MailServer;

beforeAll(async () => {
  stage = await openStage();
  mailServer = await startMailServer();
  app = await drive(ZIP, stage.environment);
});

afterAll(async () => {
  await app?.[Symbol.asyncDispose]();
  await mailServer?.stop();
  await stage?.[Symbol.asyncDispose]();
});

const run = async (method: string, authData: Item, inputData: Item = {}, meta: Item = {}) =>
  (await app.run(method, { authData, inputData, meta })) as Item[];

/** Zapier's side of a polling trigger: what fires after it was switched on. */
async function zap(key: string, authData: Item, inputData: Item = {}) {
  const method = `triggers.${key}.operation.perform`;
  const seen = new Set((await run(method, authData, inputData, { isPopulatingDedupe: true })).map(({ id }) => id));
  return async () => (await run(method, authData, inputData)).filter(({ id }) => !seen.has(id));
}

const labels = (form: readonly Item[]) => form.map(({ label, helpText }) => String(label ?? helpText));

describe('Zaps as a new owner of ColdSend builds them from the docs', () => {
  it('the first Zap: an interested reply is shown to a channel and answered, for it names all that is mapped', async () => {
    const authData = stage.auth('coldsend');
    const lead = stage.lead('first@acme.example', 3 * HOUR);
    const fires = await zap('new_interested_reply', authData);
    const form = labels(await run('creates.send_reply.operation.inputFields', authData));
    expect(form).toEqual(expect.arrayContaining(['Thread', 'Text', 'Message', 'Only If Nobody Has Answered Since']));
    expect(form.join()).toMatch(/cancels the lead's pending follow-ups/i);
    stage.sandbox.world.setLabel(lead.id, 'interested');
    const [reply] = await fires();
    expect(reply).toMatchObject({
      lead_name: 'Jane Doe',
      campaign_name: 'Q1 Product Launch',
      text: expect.any(String),
    });
    const mapped = { thread_id: reply?.thread_id, message_id: reply?.message_id, only_if_unanswered: true };
    const answer = { ...mapped, text: 'Gladly; shall we talk on Tuesday?' };
    expect(await run('creates.send_reply.operation.perform', authData, answer)).toMatchObject({ status: 'sent' });
  });

  it('each reply of interested leads is forwarded through their own mail server, with a note', async () => {
    const authData = stage.auth('coldsend', { smtpUrl: mailServer.url });
    expect(await app.run('authentication.test', { authData })).toMatchObject({ provider: 'coldsend' });
    const lead = stage.lead('forward@acme.example', 2 * HOUR, { intent: 'interested' });
    const fires = await zap('new_reply', authData, { interest: 'interested' });
    stage.says(lead.id, 'Who is your engineer?');
    const [reply] = await fires();
    const fields = {
      thread_id: reply?.thread_id,
      to: 'engineer@acme.example',
      note: 'Yours?',
      from: 'sales@acme.example',
    };
    const sent = await run('creates.forward_thread.operation.perform', authData, fields);
    expect(sent).toMatchObject({ status: 'sent' });
    expect(mailServer.mails.at(-1)?.text).toMatch(/Yours\?[\s\S]*Who is your engineer\?/);
  });

  it('a campaign that ends is looked up, and its newest thread with it', async () => {
    const authData = stage.auth('coldsend');
    const { world } = stage.sandbox;
    const fires = await zap('campaign_status_changed', authData);
    const campaign = world.campaigns.get(stage.campaignId);
    if (campaign) world.campaigns.set(campaign.id, { ...campaign, status: 'completed' });
    const [change] = await fires();
    expect(change).toMatchObject({
      campaign_name: 'Q1 Product Launch',
      status: 'completed',
      previous_status: 'active',
    });
    const found = await run('searches.find_campaign.operation.perform', authData, { search: change?.campaign_name });
    expect(found).toMatchObject([{ id: change?.campaign_id, status: 'completed' }]);
    const search = { search: 'first@acme.example', campaign_id: change?.campaign_id };
    const [thread] = await run('searches.find_thread.operation.perform', authData, search);
    expect(thread).toMatchObject({ lead_email: 'first@acme.example', interested: true });
  });
});
