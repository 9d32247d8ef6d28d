import { describe, expect, it } from 'vitest';
import { createWorld } from '../../sandbox/world.ts';
import { MINUTE, START, stage } from './fixture.ts';

const inbound = (sentAt: number, visibleAt = sentAt) => ({
  direction: 'inbound' as const,
  sentAt,
  visibleAt,
  text: 'Hi',
});

describe('the simulated world', () => {
  it('hides a message from every endpoint until it becomes visible', async () => {
    const { world, campaignId, wait, leads, call } = stage();
    const thread = world.addThread({ campaignId, leadEmail: 'late@lead.example', leadName: 'Late' });
    world.addMessage(thread.id, inbound(START, START + 5 * MINUTE));
    const conversation = `/${campaignId}/conversation?leadEmail=late@lead.example`;
    expect(await leads('coldsend', '/replies')).toEqual([]);
    expect(await leads('cohesive', `/${campaignId}/inbox/replies`)).toEqual([]);
    expect((await call('cohesive', conversation)).status).toBe(404);
    expect((await call('coldsend', `/replies/threads/${thread.id}/messages`)).status).toBe(404);
    wait(5 * MINUTE);
    expect(await leads('coldsend', '/replies')).toEqual(['late@lead.example']);
    expect(await leads('cohesive', `/${campaignId}/inbox/replies`)).toEqual(['late@lead.example']);
    expect((await call('cohesive', conversation)).status).toBe(200);
    expect((await call('coldsend', `/replies/threads/${thread.id}/messages`)).status).toBe(200);
  });

  it('files a late message under its own time', () => {
    const { world, lead, wait } = stage();
    const thread = lead('a@lead.example');
    world.addMessage(thread.id, inbound(START - 10 * MINUTE, START + MINUTE));
    wait(MINUTE);
    world.look();
    expect(thread.visible.map((message) => message.sentAt)).toEqual([START - 10 * MINUTE, START]);
    expect(thread).toMatchObject({ lastActivityAt: START, visibleInbound: 2 });
  });

  it('counts our own mail as activity unless told otherwise', () => {
    for (const [activity, expected] of [['any', START] as const, ['inbound', START - MINUTE] as const]) {
      const { world, lead } = stage({}, activity);
      const thread = lead('a@lead.example', MINUTE);
      world.addMessage(thread.id, { direction: 'outbound', sentAt: START, text: 'Ours' });
      world.look();
      expect(thread.lastActivityAt).toBe(expected);
    }
  });

  it('lists no thread in which only we have written, and none that is archived', async () => {
    const { world, campaignId, lead, leads } = stage();
    const silent = world.addThread({ campaignId, leadEmail: 'silent@lead.example', leadName: 'Silent' });
    world.addMessage(silent.id, { direction: 'outbound', sentAt: START, text: 'Hello?' });
    const thread = lead('a@lead.example');
    expect(await leads('coldsend', '/replies')).toEqual(['a@lead.example']);
    expect(await leads('cohesive', `/${campaignId}/inbox/all`)).toEqual(['silent@lead.example']);
    world.archive(thread.id);
    expect(await leads('coldsend', '/replies')).toEqual([]);
    world.restore(thread.id);
    expect(await leads('coldsend', '/replies')).toEqual(['a@lead.example']);
    world.removeThread(thread.id);
    expect(await leads('cohesive', `/${campaignId}/inbox/replies`)).toEqual([]);
  });

  it('shows a label at once, and keeps its history', async () => {
    const { world, campaignId, lead, leads } = stage();
    const thread = lead('a@lead.example');
    const interested = `/${campaignId}/inbox/replies?isInterested=true`;
    expect(await leads('cohesive', interested)).toEqual([]);
    world.setLabel(thread.id, 'interested');
    expect(await leads('cohesive', interested)).toEqual(['a@lead.example']);
    expect(await leads('coldsend', '/replies?category=interested')).toEqual(['a@lead.example']);
    world.setLabel(thread.id, null);
    expect(await leads('cohesive', interested)).toEqual([]);
    expect(thread.labels.map((label) => label.intent)).toEqual(['interested', null]);
  });

  it('is the same for the same seed and clock', () => {
    const make = () => {
      const { world, lead } = stage();
      lead('a@lead.example');
      return world.save();
    };
    expect(make()).toEqual(make());
  });

  it('goes on after a save with messages still to come, and gives no id twice', () => {
    const first = stage();
    const thread = first.lead('a@lead.example');
    first.world.addMessage(thread.id, inbound(START, START + MINUTE));
    const saved = JSON.parse(JSON.stringify(first.world.save()));
    let now = START + 1;
    const second = createWorld({ seed: 7, now: () => now, saved });
    expect(second.thread(thread.id)?.visibleInbound).toBe(1);
    now = START + MINUTE;
    second.look();
    expect(second.thread(thread.id)?.visibleInbound).toBe(2);
    const added = second.addThread({ campaignId: null, leadEmail: 'b@lead.example', leadName: 'B' });
    expect(first.world.thread(added.id)).toBeUndefined();
  });

  it('shows a campaign of one vendor to that vendor alone', async () => {
    const { world, get, leads } = stage();
    const { id } = world.addCampaign({ name: 'ColdSend only', vendor: 'coldsend' });
    const thread = world.addThread({ campaignId: id, leadEmail: 'a@lead.example', leadName: 'A' });
    world.addMessage(thread.id, inbound(START));
    expect(await leads('coldsend', '/replies')).toEqual(['a@lead.example']);
    expect(JSON.stringify(await get('cohesive', '/campaigns'))).not.toContain(id);
  });
});
