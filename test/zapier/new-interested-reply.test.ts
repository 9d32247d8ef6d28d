import { describe, expect, it } from 'vitest';
import type { ReplyItem } from '../../zapier/items.ts';
import { newInterested } from '../../zapier/triggers/new-interested-reply.ts';
import { HOUR, type Inbox, inbox, MINUTE, type Perform } from './zaps.ts';

const VENDORS = ['cohesive', 'coldsend'] as const;

const interested: Perform = (poll, mode) => newInterested(poll, {}, mode);
const names = (items: readonly ReplyItem[]) => items.map(({ lead_name: name }) => name);

async function polls(box: Inbox, zap: ReturnType<Inbox['zap']>, count: number): Promise<readonly ReplyItem[]> {
  const fired: ReplyItem[] = [];
  for (let poll = 0; poll < count; poll += 1) {
    box.wait(5 * MINUTE);
    fired.push(...(await zap.poll()));
  }
  return fired;
}

function labelled(box: Inbox, name: string, agoMs = 0): string {
  const thread = box.lead(name, agoMs);
  box.world.setLabel(thread, 'interested');
  return thread;
}

describe.each(VENDORS)('New Interested Reply on %s', (vendor) => {
  it('fires once for a thread, with its newest reply, however late the label', async () => {
    const box = inbox(vendor);
    labelled(box, 'before', 10 * HOUR);
    const thread = box.lead('late', 1_000 * HOUR);
    const zap = box.zap(interested);
    await zap.switchOn();
    expect(await zap.poll()).toEqual([]);
    box.wait(100 * HOUR);
    box.world.setLabel(thread, 'interested');
    const fired = await polls(box, zap, 15);
    expect(fired).toMatchObject([{ lead_name: 'late', text: 'late says hello', interested: true }]);
    box.world.setLabel(thread, null);
    await zap.poll();
    box.world.setLabel(thread, 'interested');
    box.says(thread, 'more');
    expect(await polls(box, zap, 100)).toEqual([]);
  });

  it('finds a label far down a long list within the hour', async () => {
    const box = inbox(vendor);
    for (let lead = 0; lead < 130; lead += 1) labelled(box, `lead${lead}`, lead * HOUR);
    const deep = box.lead('deep', 100.5 * HOUR);
    const zap = box.zap(interested);
    await zap.switchOn();
    expect(await zap.poll()).toEqual([]);
    box.world.setLabel(deep, 'interested');
    expect(names(await polls(box, zap, 13))).toEqual(['deep']);
  });

  it('finds a label far down a long list within minutes after all that was remembered went', async () => {
    const box = inbox(vendor);
    for (let lead = 0; lead < 130; lead += 1) labelled(box, `lead${lead}`, lead * HOUR);
    const deep = box.lead('deep', 125.5 * HOUR);
    const zap = box.zap(interested);
    await zap.switchOn();
    box.forget();
    box.world.setLabel(deep, 'interested');
    expect(names(await polls(box, zap, 4))).toEqual(['deep']);
  });

  it('fires for nothing old in a long list, with or without what was remembered', async () => {
    const box = inbox(vendor);
    for (let lead = 0; lead < 130; lead += 1) labelled(box, `lead${lead}`, lead * HOUR);
    const zap = box.zap(interested);
    await zap.switchOn();
    expect(await polls(box, zap, 3)).toEqual([]);
    box.forget();
    labelled(box, 'fresh');
    expect(names(await polls(box, zap, 6))).toEqual(['fresh']);
  });

  it('gives every Zap of a connection the same, whoever was first', async () => {
    const box = inbox(vendor);
    labelled(box, 'any', HOUR);
    const [one, other] = [box.zap(interested), box.zap(interested)];
    await one.switchOn();
    labelled(box, 'between');
    await other.switchOn();
    expect(names(await one.poll())).toEqual(['between']);
    labelled(box, 'both');
    expect(names(await one.poll())).toEqual(['both']);
    box.wait(2 * HOUR);
    expect(names(await other.poll())).toEqual(['both']);
  });

  it.each([
    { when: 'before', lose: (box: Inbox) => box.forget('marked:') },
    { when: 'while', lose: (box: Inbox) => box.forgetAfter('marked:', 1) },
  ])('fires for what only the other Zap is given where memory is lost $when that is switched on', async ({ lose }) => {
    const box = inbox(vendor);
    labelled(box, 'any', HOUR);
    const [one, other] = [box.zap(interested), box.zap(interested)];
    await one.switchOn();
    expect(await one.poll()).toEqual([]);
    labelled(box, 'between');
    lose(box);
    await other.switchOn();
    expect(names(await one.poll())).toEqual(['between']);
    expect(await other.poll()).toEqual([]);
  });

  it('fires for what an answer that never arrived held', async () => {
    const box = inbox(vendor);
    labelled(box, 'any', HOUR);
    const zap = box.zap(interested);
    await zap.switchOn();
    labelled(box, 'lost');
    await zap.poll({ isLost: true });
    box.wait(30 * MINUTE);
    expect(names(await zap.poll())).toEqual(['lost']);
  });

  it('opens nothing while nothing happens, nor when it is switched on', async () => {
    const box = inbox(vendor);
    for (let lead = 0; lead < 30; lead += 1) labelled(box, `lead${lead}`, lead * HOUR);
    const zap = box.zap(interested);
    await zap.switchOn();
    await polls(box, zap, 20);
    expect(box.calls.filter(({ url }) => /messages|conversation/.test(url))).toEqual([]);
  });

  it('tells of the others while one thread cannot be read', async () => {
    const box = inbox(vendor);
    labelled(box, 'any', HOUR);
    const zap = box.zap(interested);
    await zap.switchOn();
    const bad = labelled(box, 'bad');
    box.switches.badRowIds = box.world.thread(bad)?.messages.map(({ replyId }) => replyId) ?? [];
    expect(await zap.poll()).toEqual([]);
    labelled(box, 'good');
    expect(names(await zap.poll())).toEqual(['good']);
    box.switches.badRowIds = [];
    expect(names(await zap.poll())).toEqual(['bad']);
  });

  it('stays off, or fires for nothing old, where rows change places and there is no time to read them often', async () => {
    const fired: ReplyItem[] = [];
    const sentences: string[] = [];
    for (let latencyMs = 600; latencyMs < 4_000; latencyMs += 40) {
      const box = inbox(vendor, { shuffleTies: true, cohesivePageSize: 12, coldsendPageRows: 12 });
      for (let lead = 0; lead < 40; lead += 1) labelled(box, `tied${lead}`, 2 * HOUR);
      const zap = box.zap(interested);
      box.switches.latencyMs = latencyMs;
      const refusal = await zap.switchOn().catch((error: Error) => error.message);
      box.switches.latencyMs = 0;
      if (refusal === undefined) fired.push(...(await polls(box, zap, 3)));
      else sentences.push(refusal);
    }
    expect(fired).toEqual([]);
    for (const sentence of sentences) expect(sentence).toMatch(/could not be read in the time|did not answer in time/);
    expect(sentences.length).toBeLessThan(85);
  });

  it('shows the newest interested replies in the editor', async () => {
    const box = inbox(vendor);
    for (let lead = 0; lead < 9; lead += 1) labelled(box, `lead${lead}`, (100 + lead) * HOUR);
    expect(names(await box.zap(interested).sample())).toEqual(['lead0', 'lead1', 'lead2']);
  });
});

describe('a label that the vendor spells in its own way', () => {
  function spelled(box: Inbox, name: string, label: string, agoMs = 0): string {
    const thread = box.lead(name, agoMs);
    box.world.setLabel(thread, label);
    return thread;
  }

  it.each(['Interested', 'INTERESTED'])('is found as %s, and nothing old fires', async (label) => {
    const box = inbox('coldsend');
    for (let lead = 0; lead < 80; lead += 1) box.lead(`plain${lead}`, lead * HOUR);
    for (let lead = 0; lead < 20; lead += 1) spelled(box, `old${lead}`, label, (100 + lead) * HOUR);
    const zap = box.zap(interested);
    await zap.switchOn();
    expect(await polls(box, zap, 3)).toEqual([]);
    spelled(box, 'fresh', label);
    expect(names(await polls(box, zap, 3))).toEqual(['fresh']);
  });

  it('starts with nothing old where no row had shown it when the Zap was switched on', async () => {
    const box = inbox('coldsend');
    for (let lead = 0; lead < 1_200; lead += 1) box.lead(`plain${lead}`, 8 * HOUR + lead * 1_000);
    for (let lead = 0; lead < 20; lead += 1) spelled(box, `old${lead}`, 'Interested', (1_000 + lead) * HOUR);
    const zap = box.zap(interested);
    await zap.switchOn();
    spelled(box, 'fresh', 'Interested');
    expect(names(await polls(box, zap, 4))).toEqual(['fresh']);
  });
});

describe('a lead in two campaigns, whose mail is shown in both conversations', () => {
  it('fires for the campaign that bears the label, with the newest reply to it', async () => {
    const box = inbox('cohesive', { cohesiveWholeLead: true });
    const threads = ['One', 'Two'].map((name, at) => {
      const campaignId = box.world.addCampaign({ name }).id;
      const { id } = box.world.addThread({ campaignId, leadEmail: 'twin@acme.example', leadName: 'Twin' });
      box.says(id, `to ${name}`, { agoMs: (48 - at) * HOUR });
      return id;
    });
    const zap = box.zap(interested);
    await zap.switchOn();
    box.world.setLabel(threads[0] ?? '', 'interested');
    expect((await polls(box, zap, 6)).map(({ text }) => text)).toEqual(['to One']);
  });
});
