import { describe, expect, it } from 'vitest';
import { MINUTE, patch, post, shapeOf, stage } from './fixture.ts';

const UNKNOWN = '550e8400-e29b-41d4-a716-446655440000';
const key = (value: string) => ({ headers: { 'x-api-key': value } });

describe("ColdSend's API", () => {
  it('answers a missing and a wrong key as documented', async () => {
    const { call } = stage();
    const none = await call('coldsend', '/replies', { headers: {} });
    expect([none.status, none.body]).toEqual([
      401,
      '{"detail":"API key required. Include your API key in X-API-Key header."}',
    ]);
    const wrong = await call('coldsend', '/replies', key('cs_live_wrong'));
    expect([wrong.status, wrong.body]).toEqual([401, '{"detail":"Invalid or revoked API key"}']);
  });

  it('asks each operation for its own scope', async () => {
    const scopes = ['replies:read', 'replies:create', 'replies:update', 'campaigns:read'] as const;
    const { lead, call } = stage({
      coldsendKeys: {
        ...Object.fromEntries(scopes.map((scope) => [scope, [scope]])),
        all: ['replies:all'],
        star: ['*'],
      },
    });
    const thread = `/replies/threads/${lead('a@lead.example').id}`;
    const operations = [
      ['replies:read', '/replies', {}],
      ['replies:read', thread, {}],
      ['replies:read', `${thread}/messages`, {}],
      ['replies:create', `${thread}/reply`, post({ body: 'Hi' })],
      ['replies:update', `${thread}/read`, patch()],
      ['replies:update', `${thread}/star`, patch()],
      ['campaigns:read', '/campaigns', {}],
    ] as const;
    for (const [needed, target, request] of operations) {
      for (const scope of scopes) {
        const { status } = await call('coldsend', target, { ...request, ...key(scope) });
        expect([target, scope, status]).toEqual([target, scope, scope === needed ? 200 : 403]);
      }
      const all = await call('coldsend', target, { ...request, ...key('all') });
      expect(all.status).toBe(needed === 'campaigns:read' ? 403 : 200);
      expect((await call('coldsend', target, { ...request, ...key('star') })).status).toBe(200);
    }
  });

  it('has the three documented forms of a 403', async () => {
    const { switches, call } = stage({ coldsendKeys: { weak: ['replies:read'] } });
    const bodies = [];
    for (const form of ['text', 'lists', 'coded'] as const) {
      switches.coldsendScopeBody = form;
      bodies.push(JSON.parse((await call('coldsend', '/campaigns', key('weak'))).body));
    }
    const lists = {
      detail: 'Missing required scopes: campaigns:read',
      required: ['campaigns:read'],
      granted: ['replies:read'],
    };
    expect(bodies).toEqual([
      { detail: 'Missing API key scopes: campaigns:read' },
      lists,
      { error: 'insufficient_scopes', ...lists },
    ]);
  });

  it('pages, counts and filters its list', async () => {
    const { world, campaignId, lead, leads, get } = stage();
    const threads = Array.from({ length: 25 }, (_, index) => lead(`l${index}@lead.example`, index * MINUTE));
    const external = lead('external@lead.example', MINUTE * 60, { campaignId: null });
    world.setStarred(external.id, true);
    world.setRead(external.id, true);
    for (const thread of threads.slice(0, 3)) world.setLabel(thread.id, 'interested');
    expect(await get('coldsend', '/replies?page=2&limit=10&category=interested')).toMatchObject({
      conversations: [],
      total_count: 3,
      page: 2,
      limit: 10,
      unread_count: 25,
      starred_count: 1,
    });
    expect(await leads('coldsend', '/replies')).toHaveLength(20);
    expect(await leads('coldsend', '/replies?page=2')).toHaveLength(6);
    expect(await leads('coldsend', '/replies?limit=100&is_starred=true')).toEqual(['external@lead.example']);
    expect(await leads('coldsend', '/replies?limit=100&is_read=True')).toEqual(['external@lead.example']);
    expect(await leads('coldsend', `/replies?limit=100&campaign_id=${campaignId}`)).toHaveLength(25);
    expect(await get('coldsend', '/replies?is_starred=true')).toMatchObject({
      conversations: [{ campaign_name: 'External', category: null }],
    });
  });

  it.each([
    ['/replies?limit=101', ['query', 'limit']],
    ['/replies?limit=0', ['query', 'limit']],
    ['/replies?page=two', ['query', 'page']],
    ['/replies?is_read=maybe', ['query', 'is_read']],
    ['/replies?campaign_id=7', ['query', 'campaign_id']],
    ['/replies/threads/7', ['path', 'thread_id']],
    ['/campaigns?days=0', ['query', 'days']],
  ])('answers 422 to %s', async (target, loc) => {
    const answer = await stage().call('coldsend', target);
    expect(answer.status).toBe(422);
    expect(JSON.parse(answer.body)).toMatchObject({ detail: [{ loc }] });
    expect(shapeOf(JSON.parse(answer.body))).toEqual({ detail: [{ loc: ['string'], msg: 'string', type: 'string' }] });
  });

  it('answers 404 to what it does not know', async () => {
    const { call } = stage();
    expect((await call('coldsend', `/replies/threads/${UNKNOWN}`)).body).toBe('{"detail":"Thread not found"}');
    expect((await call('coldsend', '/nothing')).body).toBe('{"detail":"Not Found"}');
  });

  it('gives thread details without messages, and none of the inbox once archived', async () => {
    const { world, campaignId, lead, get } = stage();
    const { id } = lead('a@lead.example');
    expect(await get('coldsend', `/replies/threads/${id}`)).toMatchObject({
      campaign_id: campaignId,
      is_archived: false,
    });
    world.archive(id);
    const archived = await get('coldsend', `/replies/threads/${id}`);
    expect(archived).toMatchObject({ is_archived: true, inbox_id: null, archived_inbox_email: 'you@company.com' });
    expect(archived).not.toHaveProperty('messages');
    expect(archived).not.toHaveProperty('success');
  });

  it('gives messages oldest first, fifty a page unless told', async () => {
    const { world, lead, get } = stage();
    const { id } = lead('a@lead.example', MINUTE);
    const attachment = {
      filename: 'a.pdf',
      contentType: 'application/pdf',
      sizeBytes: 3,
      url: 'https://files.example/a',
    };
    const now = world.now();
    for (let index = 0; index < 59; index += 1) {
      world.addMessage(id, {
        direction: 'outbound',
        sentAt: now + index,
        visibleAt: now,
        text: `${index}`,
        attachments: [attachment],
      });
    }
    expect(await get('coldsend', `/replies/threads/${id}/messages`)).toMatchObject({
      messages: { length: 50, 0: { is_outgoing: false, created_at: '2024-01-15T14:29:00Z' } },
      total_count: 60,
      total_pages: 2,
      has_next: true,
      has_prev: false,
    });
    expect(await get('coldsend', `/replies/threads/${id}/messages?page=3&limit=25`)).toMatchObject({
      messages: {
        length: 10,
        9: { body_text: '58', created_at: '2024-01-15T14:30:00.058000Z', attachments: [{ size_bytes: 3 }] },
      },
      has_next: false,
      has_prev: true,
    });
  });

  it('sends a reply from text or HTML, cancels follow-ups, and tells the message id', async () => {
    const { world, lead, call, get } = stage();
    const thread = lead('a@lead.example');
    const target = `/replies/threads/${thread.id}/reply`;
    const answer = JSON.parse((await call('coldsend', target, post({ body: null, html_body: '<p>Hi</p>' }))).body);
    expect(answer).toMatchObject({ success: true, thread_id: thread.id, to_address: 'a@lead.example' });
    expect(world.outbox).toMatchObject([{ vendor: 'coldsend', html: '<p>Hi</p>', messageId: answer.message_id }]);
    expect(thread.followUpsCancelledAt).toBe(world.now());
    expect(await get('coldsend', `/replies/threads/${thread.id}/messages`)).toMatchObject({
      messages: { 1: { is_outgoing: true, message_id: answer.message_id } },
    });
  });

  it('sends nothing that breaks a documented limit', async () => {
    const { world, lead, call } = stage();
    const thread = lead('a@lead.example');
    const target = `/replies/threads/${thread.id}/reply`;
    const file = { filename: 'a', content_base64: 'aGk=' };
    const large = { filename: 'b', content_base64: Buffer.alloc(6 * 1024 * 1024).toString('base64') };
    const bodies = [
      {},
      { body: '' },
      { body: 7 },
      { body: 'x', attachments: Array(6).fill(file) },
      { body: 'x', attachments: [large, large] },
    ];
    for (const body of bodies) expect((await call('coldsend', target, post(body))).status).toBe(422);
    expect((await call('coldsend', target, { method: 'POST', body: '{' })).status).toBe(422);
    expect(world.outbox).toEqual([]);
    expect((await call('coldsend', target, post({ body: 'x', attachments: Array(5).fill(file) }))).status).toBe(200);
    world.archive(thread.id);
    expect((await call('coldsend', target, post({ body: 'x' }))).status).toBe(400);
  });

  it('marks read whatever the body says, unless switched to know better', async () => {
    const { switches, lead, call } = stage();
    const thread = lead('a@lead.example');
    const target = `/replies/threads/${thread.id}/read`;
    const answer = await call('coldsend', target, patch());
    expect(JSON.parse(answer.body)).toMatchObject({ success: true, marked_count: 1, thread_ids: [thread.id] });
    await call('coldsend', target, patch({ is_read: false }));
    expect(thread.read).toBe(true);
    switches.coldsendUnread = true;
    await call('coldsend', target, patch({ is_read: false }));
    expect(thread.read).toBe(false);
  });

  it('toggles the star', async () => {
    const { lead, call } = stage();
    const { id } = lead('a@lead.example');
    const stars = [];
    for (let times = 0; times < 3; times += 1) {
      stars.push(JSON.parse((await call('coldsend', `/replies/threads/${id}/star`, patch())).body).is_starred);
    }
    expect(stars).toEqual([true, false, true]);
  });

  it('lists campaigns with nested paging, and filters and sorts them', async () => {
    const { world, get, wait, lead } = stage();
    lead('a@lead.example');
    wait(3 * 24 * 60 * MINUTE);
    world.addCampaign({ name: 'Autumn', status: 'paused' });
    expect(await get('coldsend', '/campaigns?limit=1')).toMatchObject({
      campaigns: { length: 1, 0: { name: 'Autumn', status: 'PAUSED' } },
      pagination: { page: 1, limit: 1, total: 2, pages: 2, has_next: true, has_prev: false },
    });
    const names = async (query: string) =>
      ((await get('coldsend', `/campaigns?${query}`)) as { campaigns: { name: string }[] }).campaigns.map(
        ({ name }) => name,
      );
    expect(await names('sort_by=name&sort_order=asc')).toEqual(['Autumn', 'Q1 Product Launch']);
    expect(await names('sort_by=reply_count')).toEqual(['Q1 Product Launch', 'Autumn']);
    expect(await names('status=paused')).toEqual(['Autumn']);
    expect(await names('search=q1')).toEqual(['Q1 Product Launch']);
    expect(await names('days=2')).toEqual(['Autumn']);
  });
});
