import { describe, expect, it } from 'vitest';
import { SANDBOX_URLS } from '../../sandbox/sandbox.ts';
import type { Switches } from '../../sandbox/switches.ts';
import { HttpFault } from '../../shared/ports.ts';
import { MINUTE, post, rowsOf, START, type Stage, stage } from './fixture.ts';

const faultOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

/** Sends a reply on ColdSend; tells what came back and how many replies were carried out. */
async function replyUnder(changes: Partial<Switches>) {
  const { world, lead, call } = stage(changes);
  const sent = call('coldsend', `/replies/threads/${lead('a@lead.example').id}/reply`, post({ body: 'Hi' }));
  const fault = await faultOf(sent);
  const answer = fault === undefined ? await sent : undefined;
  return { fault, answer, carriedOut: world.outbox.length };
}

const list = (made: Stage) => made.call('coldsend', '/replies');

describe('faults', () => {
  it('takes time, and runs into the deadline of the caller', async () => {
    const made = stage({ latencyMs: 300 });
    await list(made);
    expect(made.slept).toEqual([300]);
    expect(await faultOf(made.call('coldsend', '/replies', { timeoutMs: 100 }))).toMatchObject({ code: 'timeout' });
    expect(made.slept).toEqual([300, 100]);
  });

  it.each([
    ['none', [undefined, undefined]],
    ['retry-after', ['7', undefined]],
    ['x-ratelimit', [undefined, String(START / 1000 + 7)]],
  ] as const)('throttles with the signal %s', async (throttledSignal, expected) => {
    const made = stage({ throttledRate: 1, throttledSeconds: 7, throttledSignal });
    const { status, headers, body } = await list(made);
    expect([status, body]).toEqual([429, '{"detail":"Rate limit exceeded. Retry after 7 seconds."}']);
    expect([headers['retry-after'], headers['x-ratelimit-reset']]).toEqual(expected);
    expect((await made.call('cohesive', '/campaigns')).status).toBe(429);
  });

  it.each([
    ['errorRate', 0],
    ['errorAfterRate', 1],
  ] as const)('answers an error under %s, with the write carried out %i times', async (name, carriedOut) => {
    expect(await replyUnder({ [name]: 1, errorStatus: 503 })).toMatchObject({ answer: { status: 503 }, carriedOut });
  });

  it('gives the documented body of a Cohesive 500', async () => {
    const { status, body } = await stage({ errorRate: 1 }).call('cohesive', '/campaigns');
    expect([status, body]).toEqual([500, '{"error":"An unexpected error occurred"}']);
  });

  it.each([
    ['refusedRate', 0, false],
    ['resetBeforeRate', 0, true],
    ['resetAfterRate', 1, true],
  ] as const)(
    'ends the connection under %s, with the write carried out %i times',
    async (name, carriedOut, bytesLeft) => {
      const ended = await replyUnder({ [name]: 1 });
      expect(ended.fault).toBeInstanceOf(HttpFault);
      expect(ended).toMatchObject({ fault: { bytesLeft }, carriedOut });
    },
  );

  it('answers HTML, or half of the JSON, after carrying the write out', async () => {
    const page = await replyUnder({ htmlRate: 1 });
    expect(page).toMatchObject({ answer: { status: 200 }, carriedOut: 1 });
    expect(page.answer?.body).toContain('<html>');
    const half = await replyUnder({ truncatedRate: 1 });
    expect(half.carriedOut).toBe(1);
    expect(() => JSON.parse(half.answer?.body ?? '')).toThrow(SyntaxError);
  });

  it('spares reads or writes as told', async () => {
    const made = stage({ errorRate: 1, faultScope: 'writes' });
    expect((await list(made)).status).toBe(200);
    expect((await replyUnder({ errorRate: 1, faultScope: 'reads' })).carriedOut).toBe(1);
  });

  it('hits about as often as its rate says', async () => {
    const made = stage({ errorRate: 0.25 });
    let hits = 0;
    for (let calls = 0; calls < 400; calls += 1) hits += (await list(made)).status === 500 ? 1 : 0;
    expect(hits).toBeGreaterThan(70);
    expect(hits).toBeLessThan(130);
  });

  it('knows no other host, and stops at the byte cap of the caller', async () => {
    const made = stage();
    const asked = { method: 'GET' as const, headers: {}, timeoutMs: 1, bytesMax: 10 };
    const elsewhere = faultOf(made.sandbox.http({ ...asked, url: 'http://elsewhere.example/' }));
    expect(await elsewhere).toMatchObject({ bytesLeft: false });
    const cut = await made.sandbox.http({ ...asked, url: `${SANDBOX_URLS.coldsend}/replies` });
    expect(cut).toMatchObject({ truncated: true, body: '{"detail":' });
  });
});

describe('lists', () => {
  const filled = (changes: Partial<Switches> = {}) => {
    const made = stage(changes);
    for (let index = 0; index < 6; index += 1) made.lead(`l${index}@lead.example`, index * MINUTE);
    return made;
  };
  const names = (made: Stage) => made.leads('cohesive', `/${made.campaignId}/inbox/replies`);

  it('comes newest first, oldest first, or by id', async () => {
    const made = filled();
    const newest = await names(made);
    made.switches.listOrder = 'oldest';
    expect(await names(made)).toEqual([...newest].reverse());
    made.switches.listOrder = 'by-id';
    const byId = [...made.world.threads.values()].sort((one, two) => (one.id < two.id ? -1 : 1));
    expect(await names(made)).toEqual(byId.map((thread) => thread.leadEmail));
    expect(await made.leads('coldsend', '/replies')).toEqual(byId.map((thread) => thread.leadEmail));
  });

  it('comes in another order at each request', async () => {
    const made = filled({ orderDrawn: true });
    const seen = new Set<string>();
    for (let calls = 0; calls < 10; calls += 1) seen.add((await names(made)).join());
    expect(seen.size).toBeGreaterThan(5);
  });

  it('reshuffles rows of equal time at each request, and those alone', async () => {
    const made = stage({ shuffleTies: true });
    made.lead('newest@lead.example');
    for (let index = 0; index < 6; index += 1) made.lead(`l${index}@lead.example`, MINUTE);
    const seen = new Set<string>();
    for (let calls = 0; calls < 10; calls += 1) {
      const [first, ...tied] = await names(made);
      expect(first).toBe('newest@lead.example');
      seen.add(tied.join());
    }
    expect(seen.size).toBeGreaterThan(3);
    made.switches.shuffleTies = false;
    expect(await names(made)).toEqual(await names(made));
  });

  it('lets rows come and go between two pages', async () => {
    const made = filled({ cohesivePageSize: 3 });
    let inserted = 0;
    made.switches.onListPage = () => {
      inserted += 1;
      made.wait(1);
      made.lead(`new${inserted}@lead.example`);
    };
    const first = await names(made);
    const second = await made.leads('cohesive', `/${made.campaignId}/inbox/replies?offset=3`);
    expect(first.at(-1)).toBe('l2@lead.example');
    expect(second[0]).toBe('l2@lead.example');
  });

  it('has the page size, the wrapping and the unit of time it is told to have', async () => {
    const made = filled();
    const target = `/${made.campaignId}/inbox/replies`;
    await made.get('cohesive', target);
    Object.assign(made.switches, { cohesivePageSize: 2, cohesiveWrapped: 'data', cohesiveSeconds: true });
    const answer = await made.get('cohesive', target);
    expect(answer).toMatchObject({ data: { length: 2, 0: { lastTimestamp: START / 1000 } } });
    expect(rowsOf(await made.get('cohesive', '/campaigns'))).toHaveLength(1);
  });

  it('shows the mail of all campaigns of a lead in each of their conversations, under the campaign of each', async () => {
    const made = filled();
    const [thread] = made.world.threads.values();
    const { leadEmail = '', leadName = '' } = thread ?? {};
    const other = made.world.addCampaign().id;
    const { id } = made.world.addThread({ campaignId: other, leadEmail, leadName });
    made.world.addMessage(id, { direction: 'inbound', sentAt: START, text: 'And here.' });
    const shown = async (campaign: string) => {
      const target = `/${campaign}/conversation?leadEmail=${encodeURIComponent(leadEmail)}`;
      const { history } = (await made.get('cohesive', target)) as { history: { campaignId: string }[] };
      return new Set(history.map(({ campaignId }) => campaignId));
    };
    expect(await shown(other)).toEqual(new Set([other]));
    made.switches.cohesiveWholeLead = true;
    for (const campaign of [made.campaignId, other])
      expect(await shown(campaign)).toEqual(new Set([made.campaignId, other]));
  });

  it('serves the named rows and messages malformed, or a share of all rows', async () => {
    const made = filled();
    const [thread] = made.world.threads.values();
    const message = thread?.messages[0];
    made.switches.badRowIds = [thread?.id ?? '', message?.replyId ?? ''];
    const [row] = rowsOf(await made.get('coldsend', '/replies'));
    expect(row).toMatchObject({ thread_id: thread?.id, lead_email: 42, last_message_at: 'soon' });
    expect(rowsOf(await made.get('cohesive', `/${made.campaignId}/inbox/replies`))[0]).toMatchObject({
      lastTimestamp: 'soon',
    });
    expect(await made.get('coldsend', `/replies/threads/${thread?.id}/messages`)).toMatchObject({
      messages: [{ reply_id: message?.replyId, created_at: 'soon' }],
    });
    Object.assign(made.switches, { badRowIds: [], badRowRate: 1 });
    expect(rowsOf(await made.get('coldsend', '/replies')).every((each) => each.last_message_at === 'soon')).toBe(true);
    made.switches.badRowRate = 0;
    expect(rowsOf(await made.get('coldsend', '/replies'))[0]).toMatchObject({ lead_email: 'l0@lead.example' });
  });
});

describe('the rest', () => {
  it('dates every answer, rightly or as far off as told', async () => {
    const made = stage({ dateSkewMs: -MINUTE });
    expect((await list(made)).headers.date).toBe(new Date(START - MINUTE).toUTCString());
    made.switches.dateSkewMs = 0;
    for (const target of ['/replies', '/nothing', '/replies?limit=0']) {
      expect((await made.call('coldsend', target)).headers.date).toBe(new Date(START).toUTCString());
    }
  });

  it('may keep the id of a sent message to itself', async () => {
    const { answer } = await replyUnder({ coldsendNullMessageId: true });
    expect(JSON.parse(answer?.body ?? '')).toMatchObject({ success: true, message_id: null });
  });

  it('enforces 100 requests a minute and 1,000 an hour, and says so in headers', async () => {
    const made = stage({ coldsendRateLimits: true });
    const first = await list(made);
    expect(first.headers).toMatchObject({
      'x-ratelimit-limit': '100',
      'x-ratelimit-remaining': '99',
      'x-ratelimit-reset': String(START / 1000 + 60),
    });
    for (let calls = 1; calls < 100; calls += 1) await list(made);
    made.wait(10_000);
    const refused = await list(made);
    expect([refused.status, refused.body]).toEqual([429, '{"detail":"Rate limit exceeded. Retry after 50 seconds."}']);
    expect(refused.headers['x-ratelimit-remaining']).toBe('0');
    for (let minutes = 1; minutes < 10; minutes += 1) {
      made.wait(MINUTE);
      for (let calls = 0; calls < 100; calls += 1) expect((await list(made)).status).toBe(200);
    }
    made.wait(MINUTE);
    const spent = await list(made);
    expect([spent.status, spent.headers['x-ratelimit-limit']]).toEqual([429, '1000']);
    made.wait(60 * MINUTE);
    expect((await list(made)).status).toBe(200);
    expect((await made.call('cohesive', '/campaigns')).headers).not.toHaveProperty('x-ratelimit-limit');
  });
});
