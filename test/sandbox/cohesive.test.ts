import { describe, expect, it } from 'vitest';
import { MINUTE, post, stage } from './fixture.ts';

const reply = (leadEmail: string, statsId: string, more: object = {}) =>
  post({
    senderEmail: 'you@company.com',
    replyEmailBody: '<p>Thanks &amp; bye</p>',
    originalEmailStatsId: statsId,
    originalEmailMessageId: 'msg',
    originalEmailTime: '2025-01-15T10:30:00Z',
    originalEmailBody: '<p>Hi</p>',
    leadEmail,
    messageId: 'msg',
    ...more,
  });

const forward = (leadEmail: string, statsId: string, more: object = {}) =>
  post({
    senderEmail: 'you@company.com',
    leadEmail,
    statsId,
    toEmails: 'a@x.example, b@x.example',
    messageId: 'm',
    ...more,
  });

describe("Cohesive's API", () => {
  it('refuses a missing key and shows a wrong one no campaign', async () => {
    const { call, campaignId } = stage();
    const none = await call('cohesive', '/campaigns', { headers: {} });
    expect([none.status, none.body]).toEqual([401, '{"error":"Missing API key"}']);
    const wrong = { headers: { 'X-Api-Key': 'wrong' } };
    expect(await call('cohesive', '/campaigns', wrong)).toMatchObject({ status: 200, body: '[]' });
    expect((await call('cohesive', `/${campaignId}/inbox/replies`, wrong)).status).toBe(404);
  });

  it('has all six documented statuses', async () => {
    const { world, get } = stage();
    for (const status of ['draft', 'completed', 'stopped', 'paused', 'archived'] as const)
      world.addCampaign({ status });
    expect(await get('cohesive', '/campaigns')).toMatchObject(
      ['ACTIVE', 'DRAFTED', 'COMPLETED', 'STOPPED', 'PAUSED', 'ARCHIVED'].map((status) => ({ status })),
    );
  });

  it('pages by offset, newest first, twenty rows a page', async () => {
    const { campaignId, lead, leads } = stage();
    for (let index = 0; index < 25; index += 1) lead(`l${index}@lead.example`, index * MINUTE);
    const first = await leads('cohesive', `/${campaignId}/inbox/replies`);
    expect(first).toHaveLength(20);
    expect(first[0]).toBe('l0@lead.example');
    expect(await leads('cohesive', `/${campaignId}/inbox/replies?offset=20`)).toHaveLength(5);
    expect(await leads('cohesive', `/${campaignId}/inbox/replies?offset=3&sortBy=date`)).toContain('l3@lead.example');
    expect(await leads('cohesive', `/${campaignId}/inbox/replies?offset=25`)).toEqual([]);
  });

  it('searches and filters by interest; an empty value asks for nothing', async () => {
    const { world, campaignId, lead, leads } = stage();
    const hot = lead('hot@acme.example');
    lead('cold@other.example', MINUTE);
    world.setLabel(hot.id, 'interested');
    const list = `/${campaignId}/inbox/replies`;
    expect(await leads('cohesive', `${list}?search=ACME`)).toEqual(['hot@acme.example']);
    expect(await leads('cohesive', `${list}?isInterested=true`)).toEqual(['hot@acme.example']);
    expect(await leads('cohesive', `${list}?isInterested=false`)).toEqual(['cold@other.example']);
    expect(await leads('cohesive', `${list}?isInterested=&search=`)).toHaveLength(2);
  });

  it('finds a lead whose address needs encoding, in any case', async () => {
    const { campaignId, lead, call } = stage();
    lead('jane+crm@Lead.example');
    const asked = encodeURIComponent('Jane+CRM@lead.example');
    expect((await call('cohesive', `/${campaignId}/conversation?leadEmail=${asked}`)).status).toBe(200);
    expect((await call('cohesive', `/${campaignId}/conversation?leadEmail=jane+crm@lead.example`)).status).toBe(404);
    expect((await call('cohesive', `/${campaignId}/conversation`)).status).toBe(400);
  });

  it('carries out a reply: in the outbox at once, in the thread after the lag', async () => {
    const { world, switches, campaignId, lead, call, wait } = stage();
    switches.sentDelayMs = MINUTE;
    const thread = lead('a@lead.example');
    const sent = reply(thread.leadEmail, thread.statsId, { cc: 'c@x.example, d@x.example', bcc: null });
    expect(await call('cohesive', `/${campaignId}/reply`, sent)).toMatchObject({ status: 200 });
    expect(world.outbox).toMatchObject([
      { kind: 'reply', cc: ['c@x.example', 'd@x.example'], bcc: [], to: ['a@lead.example'] },
    ]);
    world.look();
    expect(thread.visible).toHaveLength(1);
    wait(MINUTE);
    world.look();
    expect(thread.visible.at(-1)).toMatchObject({ direction: 'outbound', html: '<p>Thanks &amp; bye</p>' });
  });

  it('forwards the message meant, and shows it or not', async () => {
    const { world, switches, campaignId, lead, call } = stage();
    const thread = lead('a@lead.example');
    await call('cohesive', `/${campaignId}/forward`, forward(thread.leadEmail, thread.statsId));
    expect(world.outbox).toMatchObject([
      { kind: 'forward', to: ['a@x.example', 'b@x.example'], text: 'Hello from a@lead.example' },
    ]);
    world.look();
    expect(thread.visible).toHaveLength(2);
    switches.forwardsShow = false;
    await call('cohesive', `/${campaignId}/forward`, forward(thread.leadEmail, thread.statsId));
    world.look();
    expect(thread.visible).toHaveLength(2);
    expect(world.outbox).toHaveLength(2);
  });

  it('sends nothing when a field is missing or does not fit', async () => {
    const { world, campaignId, lead, call } = stage();
    const thread = lead('a@lead.example');
    const { leadEmail, statsId } = thread;
    const refused = [
      ['reply', post({}), 400],
      ['reply', { method: 'POST' as const, body: 'not json' }, 500],
      ['reply', reply('nobody@lead.example', statsId), 404],
      ['reply', reply(leadEmail, 'unknown'), 404],
      ['reply', reply(leadEmail, statsId, { attachments: [{ filename: 'x' }] }), 400],
      ['forward', forward(leadEmail, statsId, { toEmails: ' , ' }), 400],
      ['forward', forward(leadEmail, 'unknown'), 404],
    ] as const;
    for (const [action, request, status] of refused) {
      expect((await call('cohesive', `/${campaignId}/${action}`, request)).status).toBe(status);
    }
    expect(world.outbox).toEqual([]);
  });

  it('answers an unknown route with a page and an unknown campaign with an error', async () => {
    const { campaignId, call } = stage();
    for (const target of ['/nothing', `/${campaignId}/nothing`]) {
      const answer = await call('cohesive', target);
      expect([answer.status, answer.headers['content-type']]).toEqual([404, 'text/html; charset=utf-8']);
    }
    expect((await call('cohesive', '/unknown/inbox/all')).body).toBe('{"error":"Campaign not found"}');
  });
});
