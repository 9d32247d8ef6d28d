import { describe, expect, it } from 'vitest';
import type { ReplyItem } from '../../zapier/items.ts';
import { newReplies, type ReplyFilter } from '../../zapier/triggers/new-reply.ts';
import { OPENINGS_MAX } from '../../zapier/triggers/poll.ts';
import { HOUR, type Inbox, inbox, MINUTE, type Perform } from './zaps.ts';

const VENDORS = ['cohesive', 'coldsend'] as const;

const newReply =
  (filter: ReplyFilter = {}): Perform =>
  (poll, mode) =>
    newReplies(poll, filter, mode);

const texts = (items: readonly ReplyItem[]) => items.map(({ text }) => text);

describe('a campaign that cannot be read', () => {
  function threeCampaigns() {
    const box = inbox('cohesive');
    const [bad, good] = ['Bad', 'Good'].map((name) => box.world.addCampaign({ name }).id);
    const threads = [bad, good].map((campaignId, at) => {
      const leadEmail = `lead${at}@acme.example`;
      return box.world.addThread({ campaignId: campaignId ?? '', leadEmail, leadName: 'Lead' }).id;
    });
    return { box, bad: bad ?? '', threads };
  }

  it('keeps no other from being told, and is told about once an hour', async () => {
    const { box, bad, threads } = threeCampaigns();
    const zap = box.zap(newReply());
    await zap.switchOn();
    box.breaks = (url) => url.includes(bad);
    const sentences: string[] = [];
    const told: unknown[] = [];
    for (let poll = 0; poll < 30; poll += 1) {
      box.wait(5 * MINUTE);
      if (poll % 6 === 0) box.says(threads[1] ?? '', `good ${poll}`);
      const fired = await zap.poll().catch((error: Error) => {
        sentences.push(error.message);
        return [];
      });
      told.push(...texts(fired));
    }
    expect(told).toEqual([0, 6, 12, 18, 24].map((poll) => `good ${poll}`));
    expect(sentences.length).toBeGreaterThanOrEqual(1);
    expect(sentences.length).toBeLessThanOrEqual(3);
    for (const sentence of sentences) expect(sentence).toContain('The replies of the campaign "Bad" could not be read');
  });

  it('is told of when it can be read again', async () => {
    const { box, bad, threads } = threeCampaigns();
    const zap = box.zap(newReply());
    await zap.switchOn();
    box.breaks = (url) => url.includes(bad);
    box.says(threads[0] ?? '', 'meanwhile');
    for (let poll = 0; poll < 6; poll += 1) {
      box.wait(5 * MINUTE);
      expect(texts(await zap.poll())).toEqual([]);
    }
    box.breaks = () => false;
    expect(texts(await zap.poll())).toEqual(['meanwhile']);
  });

  it('keeps a Zap off', async () => {
    const { box, bad } = threeCampaigns();
    box.breaks = (url) => url.includes(bad);
    await expect(box.zap(newReply()).switchOn()).rejects.toThrow('HTTP 500');
  });
});

/** Fires of so many polls, a quarter of an hour apart. */
async function polls(box: Inbox, zap: ReturnType<Inbox['zap']>, count: number): Promise<readonly ReplyItem[]> {
  const fired: ReplyItem[] = [];
  for (let poll = 0; poll < count; poll += 1) {
    box.wait(15 * MINUTE);
    fired.push(...(await zap.poll()));
  }
  return fired;
}

/** What its owner reads at each attempt until the Zap is on, one a minute. */
async function switchedOn(box: Inbox, zap: ReturnType<Inbox['zap']>): Promise<readonly string[]> {
  const sentences: string[] = [];
  while (sentences.length < 20) {
    const sentence = await zap.switchOn().then(
      () => undefined,
      (error: Error) => error.message,
    );
    if (sentence === undefined) break;
    sentences.push(sentence);
    box.wait(MINUTE);
  }
  return sentences;
}

describe('switching a Zap on beyond the budget of a minute', () => {
  const crowded = () => {
    const box = inbox('coldsend', { coldsendRateLimits: true });
    for (let lead = 0; lead < 150; lead += 1) box.lead(`lead${lead}`, HOUR + lead * MINUTE);
    return { box, zap: box.zap(newReply()) };
  };
  const lists = ({ calls }: Inbox) => calls.filter(({ url }) => /\/replies\?/.test(url)).length;

  it('reads no page twice in an attempt that cannot be the last', async () => {
    const { box, zap } = crowded();
    await expect(zap.switchOn()).rejects.toThrow('threads that were active lately are read');
    expect(lists(box)).toBe(3);
  });

  it('says how far it came and how often it is still to be tried, until it is on', async () => {
    const { box, zap } = crowded();
    const sentences = await switchedOn(box, zap);
    const on = 'as reading goes on from there; for one campaign it is done sooner.';
    expect(sentences.map((sentence) => sentence.replace(/^\d+ of/, 'Some of'))).toEqual([
      `Some of the 150 threads that were active lately are read; what is not read now would fire as new later. Switch the Zap on again in a minute, about 2 times in all, ${on}`,
      `Some of the 150 threads that were active lately are read; what is not read now would fire as new later. Switch the Zap on again in a minute, ${on}`,
    ]);
    expect(await zap.poll()).toEqual([]);
  });

  it('looks at the whole list once more before the Zap is on, though all its threads are open', async () => {
    const { box, zap } = crowded();
    await switchedOn(box, zap);
    box.calls.length = 0;
    await zap.switchOn();
    expect(lists(box)).toBeGreaterThanOrEqual(6);
  });
});

describe.each(VENDORS)('New Reply on %s', (vendor) => {
  it('fires once for each message, not for those from before', async () => {
    const box = inbox(vendor);
    const thread = box.lead('old', 2 * HOUR);
    const zap = box.zap(newReply());
    await zap.switchOn();
    expect(await zap.poll()).toEqual([]);
    box.says(thread, 'second');
    box.lead('new');
    box.wait(MINUTE);
    expect(texts(await zap.poll()).toSorted()).toEqual(['new says hello', 'second']);
    expect(await polls(box, zap, 40)).toEqual([]);
  });

  it('never fires for what was said long ago in a thread that wakes up', async () => {
    const box = inbox(vendor);
    const thread = box.lead('sleeper', 400 * HOUR);
    const zap = box.zap(newReply());
    await zap.switchOn();
    box.says(thread, 'awake');
    expect(texts(await zap.poll())).toEqual(['awake']);
  });

  it('fires for what an answer that never arrived held', async () => {
    const box = inbox(vendor);
    const zap = box.zap(newReply());
    box.lead('any', HOUR);
    await zap.switchOn();
    box.lead('lost');
    await zap.poll({ isLost: true });
    expect(texts(await zap.poll())).toEqual(['lost says hello']);
  });

  it('gives every Zap of a connection the same', async () => {
    const box = inbox(vendor);
    box.lead('any', HOUR);
    const [one, other] = [box.zap(newReply()), box.zap(newReply())];
    await one.switchOn();
    box.lead('between');
    await other.switchOn();
    expect(texts(await one.poll())).toEqual(['between says hello']);
    box.lead('both');
    expect(texts(await one.poll())).toEqual(['both says hello']);
    expect(texts(await other.poll())).toEqual(['both says hello']);
  });

  it('loses nothing of a burst that is larger than one poll may open', async () => {
    const box = inbox(vendor);
    const zap = box.zap(newReply());
    box.lead('any', HOUR);
    await zap.switchOn();
    for (let lead = 0; lead < 99; lead += 1) box.lead(`lead${lead}`);
    expect(new Set((await polls(box, zap, 3)).map(({ lead_email: email }) => email)).size).toBe(99);
  });

  it('fires for nothing old in an inbox too busy to be opened when it is switched on', async () => {
    const box = inbox(vendor);
    const threads = Array.from({ length: 150 }, (_, lead) => box.lead(`lead${lead}`, 40 * MINUTE + lead * MINUTE));
    const zap = box.zap(newReply());
    await switchedOn(box, zap);
    expect(await polls(box, zap, 30)).toEqual([]);
    for (const thread of threads) box.says(thread, 'again');
    expect(new Set(texts(await polls(box, zap, 4)))).toEqual(new Set(['again']));
  });

  it('fires for nothing old where replies of one moment lie on both sides of a page and change places', async () => {
    const fired = [];
    for (let newer = 0; newer < 40; newer += 1) {
      const box = inbox(vendor, { shuffleTies: true, cohesivePageSize: 12, coldsendPageRows: 12 });
      for (let lead = 0; lead < newer; lead += 1) box.lead(`newer${lead}`, (1 + lead) * MINUTE);
      for (let lead = 0; lead < 9; lead += 1) box.lead(`tied${lead}`, 2 * HOUR);
      const zap = box.zap(newReply());
      await switchedOn(box, zap);
      fired.push(...(await polls(box, zap, 3)));
    }
    expect(fired).toEqual([]);
  });

  it('finds a message that shows up late under an older time', async () => {
    const box = inbox(vendor);
    const thread = box.lead('late', HOUR);
    const zap = box.zap(newReply());
    await zap.switchOn();
    box.says(thread, 'late one', { visibleInMs: 50 * MINUTE });
    box.says(thread, 'newer one', { agoMs: -1 });
    const fired = await polls(box, zap, 8);
    expect(texts(fired).toSorted()).toEqual(['late one', 'newer one']);
  });

  it('loses nothing when all that was remembered goes', async () => {
    const box = inbox(vendor);
    box.lead('any', HOUR);
    const zap = box.zap(newReply());
    await zap.switchOn();
    box.lead('one');
    await zap.poll();
    box.forget();
    box.lead('two');
    expect(texts(await zap.poll())).toEqual(['two says hello']);
  });

  it('costs one call for each list while nothing happens', async () => {
    const box = inbox(vendor);
    for (let lead = 0; lead < 10; lead += 1) box.lead(`lead${lead}`, HOUR + lead * MINUTE);
    box.lead('old', 30 * HOUR);
    const zap = box.zap(newReply());
    await zap.switchOn();
    box.wait(2 * HOUR);
    await zap.poll();
    box.calls.length = 0;
    await zap.poll();
    // Cohesive has no list of everything, so its campaigns are asked for first.
    expect(box.calls).toHaveLength(vendor === 'cohesive' ? 2 : 1);
  });

  it('opens at most so many threads', async () => {
    const box = inbox(vendor);
    for (let lead = 0; lead < 200; lead += 1) box.lead(`lead${lead}`, lead * 1_000);
    box.calls.length = 0;
    await box.zap(newReply()).poll();
    const openings = box.calls.filter(({ url }) => /messages|conversation/.test(url)).length;
    expect(openings).toBeLessThanOrEqual(OPENINGS_MAX);
    expect(openings).toBeGreaterThan(40);
  });

  it('shows the newest replies, however old, in the editor', async () => {
    const box = inbox(vendor);
    for (let lead = 0; lead < 9; lead += 1) box.lead(`lead${lead}`, (100 + lead) * HOUR);
    expect((await box.zap(newReply()).sample()).map(({ lead_name: name }) => name)).toEqual([
      'lead0',
      'lead1',
      'lead2',
    ]);
  });

  it('filters by interest and by first reply', async () => {
    const box = inbox(vendor);
    const hot = box.lead('hot', HOUR);
    const zaps = [box.zap(newReply({ interested: true })), box.zap(newReply({ firstOnly: true }))];
    for (const zap of zaps) await zap.switchOn();
    box.world.setLabel(box.lead('fresh'), 'interested');
    box.says(hot, 'second');
    const [interested = [], first = []] = await Promise.all(zaps.map((zap) => zap.poll()));
    expect(texts(interested)).toEqual(['fresh says hello']);
    expect(texts(first)).toEqual(['fresh says hello']);
  });

  it('reads one campaign alone', async () => {
    const box = inbox(vendor);
    const other = box.world.addCampaign({ name: 'Other' });
    const zap = box.zap(newReply({ campaign: other.id }));
    await zap.switchOn();
    box.lead('elsewhere');
    const thread = box.world.addThread({ campaignId: other.id, leadEmail: 'in@acme.example', leadName: 'In' });
    box.says(thread.id, 'in here');
    expect(await zap.poll()).toMatchObject([{ text: 'in here', campaign_id: other.id }]);
  });
});

describe('a lead in two campaigns, whose mail is shown in both conversations', () => {
  function twins() {
    const box = inbox('cohesive', { cohesiveWholeLead: true });
    const campaigns = ['One', 'Two'].map((name) => box.world.addCampaign({ name }).id);
    const threads = campaigns.map((campaignId) => {
      const lead = { leadEmail: 'twin@acme.example', leadName: 'Twin' };
      const { id } = box.world.addThread({ campaignId, ...lead });
      box.says(id, 'long ago', { agoMs: 48 * HOUR });
      return id;
    });
    return { box, campaigns, threads };
  }

  const told = (items: readonly ReplyItem[]) => items.map(({ text, campaign_name: campaign }) => [text, campaign]);

  it.each([0, 1])('fires a Zap that watches both once for each reply, as one to its campaign (%i)', async (first) => {
    const { box, threads } = twins();
    const zap = box.zap(newReply());
    await zap.switchOn();
    box.says(threads[first] ?? '', 'now');
    expect(told(await polls(box, zap, 8))).toEqual([['now', ['One', 'Two'][first]]]);
    box.says(threads[1 - first] ?? '', 'later');
    expect(told(await polls(box, zap, 8))).toEqual([['later', ['Two', 'One'][first]]]);
  });

  it('fires a Zap that watches both where one campaign does not list the lead', async () => {
    const { box, threads } = twins();
    const zap = box.zap(newReply());
    await zap.switchOn();
    box.says(threads[0] ?? '', 'here');
    box.says(threads[1] ?? '', 'there');
    box.world.archive(threads[1] ?? '');
    expect(told(await polls(box, zap, 4)).sort()).toEqual([
      ['here', 'One'],
      ['there', 'Two'],
    ]);
  });

  it('fires a Zap that watches one of them for all that its conversation shows', async () => {
    const { box, campaigns, threads } = twins();
    const zap = box.zap(newReply({ campaign: campaigns[0] ?? '' }));
    await zap.switchOn();
    for (const [at, id] of threads.entries()) box.says(id, `in ${at}`);
    expect(texts(await polls(box, zap, 8)).toSorted()).toEqual(['in 0', 'in 1']);
  });
});
