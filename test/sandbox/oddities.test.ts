import { describe, expect, it } from 'vitest';
import { FAILINGS } from '../../sandbox/switches.ts';
import { HttpFault } from '../../shared/ports.ts';
import { MINUTE, rowsOf, START, type Stage, stage } from './fixture.ts';

const filled = (changes: Parameters<typeof stage>[0] = {}) => {
  const made = stage(changes);
  for (let index = 0; index < 6; index += 1) made.lead(`l${index}@lead.example`, index * MINUTE);
  return made;
};

const leadsOf = (made: Stage, vendor: 'cohesive' | 'coldsend') =>
  made.leads(vendor, vendor === 'cohesive' ? `/${made.campaignId}/inbox/replies` : '/replies');

describe('what fails each time', () => {
  it.each(FAILINGS.filter((failing) => Number(failing) > 0))('is answered %s, and nothing else is', async (failing) => {
    const made = filled();
    const broken = made.world.addCampaign().id;
    Object.assign(made.switches, { failing: { [broken.toUpperCase()]: failing }, throttledSeconds: 7 });
    const { status, headers } = await made.call('cohesive', `/${broken}/inbox/replies`);
    expect(status).toBe(Number(failing));
    expect(headers['retry-after']).toBe(['429', '503'].includes(failing) ? '7' : undefined);
    expect(await leadsOf(made, 'cohesive')).toHaveLength(6);
  });

  it('gives no answer in the time of the caller, or half of one', async () => {
    const made = filled({ failing: { 'l1@': 'timeout', 'l2@': 'truncated' } });
    const conversation = (lead: string) =>
      made.call('cohesive', `/${made.campaignId}/conversation?leadEmail=${encodeURIComponent(lead)}`);
    await expect(conversation('l1@lead.example')).rejects.toThrow(HttpFault);
    expect(made.slept).toEqual([10_000]);
    const half = await conversation('l2@lead.example');
    expect(() => JSON.parse(half.body)).toThrow(SyntaxError);
    expect((await conversation('l3@lead.example')).status).toBe(200);
  });

  it.each([
    ['cohesive', (row: number) => `/CAMPAIGN/inbox/replies?offset=${row}`],
    ['coldsend', (row: number) => `/replies?page=${row / 2 + 1}&limit=2`],
  ] as const)('is what lies so deep in a list of %s', async (vendor, pageAt) => {
    const made = filled({ failingBelowRow: 4 });
    const statuses = [0, 2, 4, 6].map(
      async (row) => (await made.call(vendor, pageAt(row).replace('CAMPAIGN', made.campaignId))).status,
    );
    expect(await Promise.all(statuses)).toEqual([200, 200, 500, 500]);
  });

  it('is everything under a slash', async () => {
    const made = filled({ failing: { '/': '503' } });
    expect((await made.call('coldsend', '/replies')).status).toBe(503);
    expect((await made.call('cohesive', '/campaigns')).status).toBe(503);
  });
});

describe.each(['cohesive', 'coldsend'] as const)('lists of %s', (vendor) => {
  it('swap two rows that stand together now and then', async () => {
    const made = filled();
    const right = await leadsOf(made, vendor);
    made.switches.swappedRate = 1;
    const swapped = await leadsOf(made, vendor);
    const moved = right.filter((lead, index) => lead !== swapped[index]);
    expect(moved).toHaveLength(2);
    expect([...swapped].sort()).toEqual([...right].sort());
  });

  it('end early now and then, with the rows above in order', async () => {
    const made = filled();
    const right = await leadsOf(made, vendor);
    made.switches.shortPageRate = 1;
    for (let calls = 0; calls < 20; calls += 1) {
      const short = await leadsOf(made, vendor);
      expect(short).toEqual(right.slice(0, short.length));
      expect(short.length).toBeGreaterThanOrEqual(3);
    }
  });

  it('show a thread a second time, as it was, in other letter case', async () => {
    const made = filled();
    const [thread] = made.world.threads.values();
    made.world.addMessage(thread?.id ?? '', { direction: 'inbound', sentAt: START + 1, text: 'Again' });
    made.wait(MINUTE);
    made.switches.doubledRowIds = [thread?.id ?? ''];
    const leads = await leadsOf(made, vendor);
    expect(leads.filter((lead) => lead.toLowerCase() === thread?.leadEmail)).toHaveLength(2);
    expect(leads).toHaveLength(7);
  });

  it.each([
    ['null', '{"data":null}', null],
    ['no-content', '', undefined],
  ] as const)('are %s where they are empty', async (emptyLists, bare, list) => {
    const made = stage({ emptyLists, cohesiveWrapped: 'data' });
    const answer = await made.call(vendor, vendor === 'cohesive' ? `/${made.campaignId}/inbox/replies` : '/replies');
    expect(answer.status).toBe(emptyLists === 'no-content' ? 204 : 200);
    if (vendor === 'cohesive') expect(answer.body).toBe(bare);
    else expect(answer.body === '' ? undefined : JSON.parse(answer.body).conversations).toBe(list);
    made.lead('a@lead.example');
    expect(await leadsOf(made, vendor)).toEqual(['a@lead.example']);
  });

  it('never give the times of the named threads', async () => {
    const made = filled();
    const [first] = made.world.threads.values();
    made.switches.untimedRowIds = [first?.id ?? ''];
    const rows = rowsOf(
      await made.get(vendor, vendor === 'cohesive' ? `/${made.campaignId}/inbox/replies` : '/replies'),
    );
    const times = rows.map((row) => row.lastTimestamp ?? row.last_message_at);
    expect(times.filter((time) => time === 'soon')).toHaveLength(1);
    expect(times[0]).toBe('soon');
  });

  it('name no campaign while they are hidden', async () => {
    const made = filled({ campaignsHidden: true });
    expect(rowsOf(await made.get(vendor, '/campaigns'))).toEqual([]);
    expect(await leadsOf(made, vendor)).toHaveLength(6);
  });
});

describe('times', () => {
  it('are given in UTC, with an offset, or without a zone', async () => {
    const made = filled();
    const [thread] = made.world.threads.values();
    const sentAt = async () => {
      const { messages } = (await made.get('coldsend', `/replies/threads/${thread?.id}/messages`)) as {
        readonly messages: readonly { readonly created_at: string }[];
      };
      return messages[0]?.created_at;
    };
    expect(await sentAt()).toBe('2024-01-15T14:30:00Z');
    Object.assign(made.switches, { isoTimes: 'offset', isoZoneMinutes: -330 });
    expect(await sentAt()).toBe('2024-01-15T09:00:00-05:30');
    made.switches.isoTimes = 'zoneless';
    expect(await sentAt()).toBe('2024-01-15T09:00:00');
  });

  it('stand in a Date header, unless there is none', async () => {
    const made = filled({ dateHeader: false });
    expect((await made.call('coldsend', '/replies')).headers).not.toHaveProperty('date');
    expect((await made.call('cohesive', '/nothing')).headers).not.toHaveProperty('date');
  });
});

describe('messages', () => {
  const messagesOf = async (made: Stage) => {
    const [thread] = made.world.threads.values();
    const cohesive = await made.get(
      'cohesive',
      `/${made.campaignId}/conversation?leadEmail=${encodeURIComponent(thread?.leadEmail ?? '')}`,
    );
    const coldsend = await made.get('coldsend', `/replies/threads/${thread?.id}/messages`);
    return [...rowsOf(cohesive), ...rowsOf(coldsend)];
  };

  it('come without ids', async () => {
    const made = filled({ messageIds: false });
    const ids = (await messagesOf(made)).flatMap(({ id, reply_id: replyId, message_id: messageId }) => [
      id,
      replyId,
      messageId,
    ]);
    expect(ids.filter((id) => id !== undefined)).toEqual([null, null, null]);
  });

  it('have a link that is signed anew at each request', async () => {
    const made = filled({ signedLinks: true });
    const htmls = [...(await messagesOf(made)), ...(await messagesOf(made))].map(
      (each) => each.emailBody ?? each.body_html,
    );
    expect(new Set(htmls).size).toBe(4);
  });
});

describe('totals and labels of ColdSend', () => {
  it.each([
    ['right', 6],
    ['none', null],
    ['page', 4],
    ['twice', 12],
    ['twelve', 12],
  ] as const)('a total is %s', async (coldsendTotals, total) => {
    const made = filled({ coldsendTotals });
    expect(await made.get('coldsend', '/replies?limit=4')).toMatchObject({ total_count: total });
  });

  it.each([
    ['shown', [1, 1, 0]],
    ['documented', [0, 0, 2]],
    ['any-case', [2, 2, 2]],
  ] as const)('a label that rows spell in two ways is found as %s', async (coldsendFilter, counts) => {
    const made = stage({ coldsendSpellings: ['Interested', 'INTERESTED'], coldsendFilter });
    made.lead('a@lead.example', 0, { id: '00000000-0000-4000-8000-000000000000', intent: 'interested' });
    made.lead('b@lead.example', 0, { id: '00000001-0000-4000-8000-000000000000', intent: 'interested' });
    const found = ['Interested', 'INTERESTED', 'interested'].map((category) =>
      made.leads('coldsend', `/replies?category=${category}`),
    );
    expect((await Promise.all(found)).map((leads) => leads.length)).toEqual(counts);
  });
});
