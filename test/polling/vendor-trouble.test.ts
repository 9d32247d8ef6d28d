import { describe, expect, it } from 'vitest';
import { createPoller } from '../../shared/polling/poller.ts';
import type { HttpRequest, HttpResponse } from '../../shared/ports.ts';
import { VENDOR_NAMES } from '../vendors/index.ts';
import { Bench, type BenchOptions, failedWith, HOUR, MINUTE } from './harness.ts';

const bench = (options: BenchOptions) => new Bench({ createPoller }, options);

/** Campaigns beside the bench's own. */
const campaignsOf = (of: Bench, count: number): readonly string[] =>
  Array.from({ length: count }, () => of.world.addCampaign({ vendor: 'cohesive' }).id);

const asksFor = ({ url }: HttpRequest, campaigns: readonly string[]) => campaigns.some((id) => url.includes(`/${id}/`));

describe('campaigns of which some fail for ever', () => {
  const failures: readonly (readonly [name: string, answer: HttpResponse])[] = [
    ['403', failedWith(403)],
    ['404', failedWith(404)],
    ['429 with Retry-After', failedWith(429, { 'retry-after': '120' })],
    ['503 with Retry-After', failedWith(503, { 'retry-after': '120' })],
    ['500', failedWith(500)],
    ['401', failedWith(401)],
  ];
  for (const bad of [1, 8]) {
    it.each(failures)(
      `${bad} of 20 with %s: replies in the others are recorded at the next poll`,
      async (_, failure) => {
        const of = bench({ vendor: 'cohesive' });
        const others = campaignsOf(of, 19);
        const broken = others.slice(0, bad);
        await of.pollWell();
        of.onAnswer = (request, good) => (asksFor(request, broken) ? failure : good);
        await of.pollFor(20 * MINUTE);
        const healthy = others.slice(bad);
        const ids = healthy.map((campaignId) => of.reply(of.lead({ campaignId })));
        await of.pollFor(3 * MINUTE);
        of.assertReceived(ids, 'healthy campaigns wait for those that fail');
        expect(of.types()).not.toContain('connection.unauthorized');
      },
    );
  }

  it('are no obstacle to switching on', async () => {
    const of = bench({ vendor: 'cohesive' });
    const others = campaignsOf(of, 3);
    of.onAnswer = (request, good) => (asksFor(request, [of.campaign]) ? failedWith(500) : good);
    await of.pollFor(3 * MINUTE);
    const id = of.reply(of.lead({ campaignId: others[0] ?? '' }));
    await of.pollFor(3 * MINUTE);
    of.assertReceived([id], 'one campaign kept all of them off');
  });

  it('rest longer each time, and are found again when they answer', async () => {
    const of = bench({ vendor: 'cohesive' });
    const [broken = ''] = campaignsOf(of, 3);
    await of.pollWell();
    let asked = 0;
    of.onAnswer = (request, good) => {
      if (!asksFor(request, [broken])) return good;
      asked += 1;
      return failedWith(404);
    };
    await of.pollFor(3 * HOUR);
    expect(asked).toBeLessThan(20);
    of.onAnswer = undefined;
    const id = of.reply(of.lead({ campaignId: broken }));
    await of.pollFor(61 * MINUTE);
    of.assertReceived([id], 'a campaign that answers again was not polled again');
  });
});

describe('a key that is refused', () => {
  it('is recorded from the first contact on, and that it is accepted again', async () => {
    const of = bench({ vendor: 'coldsend' });
    of.onAnswer = () => failedWith(401);
    await of.pollFor(3 * MINUTE);
    expect(of.types()).toEqual(['connection.unauthorized']);
    of.onAnswer = undefined;
    await of.pollFor(2 * MINUTE);
    expect(of.types()).toEqual(['connection.recovered', 'connection.unauthorized']);
  });

  it('is recorded once for each episode, also while one campaign fails for ever', async () => {
    const of = bench({ vendor: 'cohesive' });
    const [broken = ''] = campaignsOf(of, 3);
    await of.pollWell();
    let refused = false;
    of.onAnswer = (request, good) => (refused ? failedWith(401) : asksFor(request, [broken]) ? failedWith(404) : good);
    for (let episode = 0; episode < 2; episode += 1) {
      refused = true;
      await of.pollFor(10 * MINUTE);
      refused = false;
      await of.pollFor(10 * MINUTE);
    }
    expect(of.types().filter((type) => type.startsWith('connection.'))).toEqual([
      'connection.recovered',
      'connection.recovered',
      'connection.unauthorized',
      'connection.unauthorized',
    ]);
  });
});

describe('a list of campaigns that is refused by itself', () => {
  it.each([401, 403])('with %i stops no campaign that is known, and is no refused key', async (status) => {
    const of = bench({ vendor: 'cohesive' });
    const others = campaignsOf(of, 3);
    await of.pollWell();
    of.onAnswer = (request, good) => (request.url.endsWith('/campaigns') ? failedWith(status) : good);
    await of.pollFor(15 * MINUTE);
    const ids = others.map((campaignId) => of.reply(of.lead({ campaignId })));
    of.now += MINUTE;
    const { failure } = await of.poll();
    expect(failure?.place.operation).toBe('list campaigns');
    await of.pollFor(15 * MINUTE);
    of.assertReceived(ids, 'a refused list of campaigns stopped polling');
    expect(of.types()).not.toContain('connection.unauthorized');
  });
});

describe('a list of campaigns that is empty all at once', () => {
  const emptied = (request: HttpRequest, good: HttpResponse) =>
    request.url.endsWith('/campaigns') ? { ...good, body: '[]' } : good;

  it('is a failure that is said, and the campaigns that were there are polled on', async () => {
    const of = bench({ vendor: 'cohesive' });
    await of.pollWell();
    of.onAnswer = emptied;
    await of.pollFor(10 * MINUTE);
    const id = of.reply(of.lead());
    of.now += MINUTE;
    const { failure } = await of.poll();
    expect(failure?.message).toContain('empty');
    await of.pollFor(MINUTE);
    of.assertReceived([id], 'an empty list of campaigns stopped polling');
  });

  it('is so after a restart too', async () => {
    const of = bench({ vendor: 'cohesive' });
    await of.pollWell();
    of.onAnswer = emptied;
    of.restart();
    const id = of.reply(of.lead());
    await of.pollFor(2 * MINUTE);
    of.assertReceived([id], 'a new process knew no campaigns');
  });
});

describe('clocks that are wrong', () => {
  it.each([
    ['the Date 90 minutes ahead of messages', 90 * MINUTE],
    ['the Date 5 hours behind messages', -5 * HOUR],
    ['the Date 5 hours ahead of messages', 5 * HOUR],
  ])('lose no second or third reply: %s', async (_, dateSkewMs) => {
    for (const vendor of VENDOR_NAMES) {
      const of = bench({ vendor });
      await of.pollWell();
      await of.pollFor(12 * HOUR);
      of.switches.dateSkewMs = dateSkewMs;
      const threads = Array.from({ length: 5 }, () => of.lead());
      const ids: string[] = [];
      for (let round = 0; round < 3; round += 1) {
        for (const thread of threads) ids.push(of.reply(thread));
        await of.pollFor(20 * MINUTE);
      }
      of.assertReceived(ids, `${vendor}: a wrong Date hid replies`);
    }
  });

  it('lose no reply behind one that a lead dated a year ahead', async () => {
    const of = bench({ vendor: 'coldsend' });
    await of.pollWell();
    const thread = of.lead();
    const ids = [of.reply(thread, { sentAt: of.now + 365 * 24 * HOUR, visibleAt: of.now })];
    await of.pollFor(5 * MINUTE);
    for (let count = 0; count < 3; count += 1) {
      ids.push(of.reply(thread));
      await of.pollFor(20 * MINUTE);
    }
    await of.pollFor(25 * HOUR);
    of.assertReceived(ids, 'a message from the future hid those after it');
  });
});

it('records a thread that is listed twice by its newest row', async () => {
  const of = bench({ vendor: 'coldsend' });
  await of.pollWell();
  const thread = of.lead();
  const ids = [of.reply(thread)];
  await of.pollFor(2 * MINUTE);
  const old = await of.rowOf(thread.id);
  of.onAnswer = (request, good) =>
    /\/replies\?/.test(request.url) && !request.url.includes('category=') ? of.withRow(good, old) : good;
  for (let count = 0; count < 3; count += 1) {
    ids.push(of.reply(thread));
    await of.pollFor(2 * MINUTE);
  }
  of.assertReceived(ids, 'an older row of the same thread hid its newest');
});

describe('a config that names more campaigns after a month', () => {
  it.each(VENDOR_NAMES)('records nothing old of them, and what is new: %s', async (vendor) => {
    const of = bench({ vendor });
    const other = of.world.addCampaign({ vendor }).id;
    of.campaigns = [of.campaign];
    of.restart();
    await of.pollWell();
    const ids: string[] = [];
    const old = Array.from({ length: 30 }, () => {
      of.now += 12 * HOUR;
      const thread = of.lead({ campaignId: other });
      of.reply(thread);
      return thread;
    });
    await of.pollFor(HOUR);
    of.campaigns = ['*'];
    of.restart();
    await of.pollFor(10 * MINUTE);
    of.assertReceived(ids, 'old replies of an added campaign were recorded');
    for (const thread of old.slice(-3)) ids.push(of.reply(thread));
    ids.push(of.reply(of.lead({ campaignId: other })));
    await of.pollFor(2 * HOUR);
    of.assertReceived(ids, 'new replies of an added campaign were not recorded, or old ones were');
  });
});

it('takes in a new spelling of the label silently, and records the reply that brought it', async () => {
  const of = bench({ vendor: 'coldsend' });
  of.onAnswer = (request, good) => {
    // The filter knows the spelling of rows alone.
    const asked = /[?&]category=([^&]*)/.exec(request.url)?.[1];
    if (asked !== 'interested') return good;
    return { ...good, body: JSON.stringify({ ...JSON.parse(good.body), conversations: [], total_count: 0 }) };
  };
  const old = of.oldLeads(160, { from: 30 * 24 * HOUR, intent: 'Interested' });
  of.oldLeads(150, { from: HOUR, step: MINUTE });
  await of.pollFor(3 * MINUTE);
  const newest = of.reply(of.lead({ intent: 'Interested' }));
  await of.pollFor(2 * HOUR);
  of.assertInterested([newest], `of ${old.length} old leads some were recorded`);
  of.restart();
  await of.pollFor(2 * HOUR);
  of.assertInterested([newest], 'a restart recorded old leads');
});

describe.each(['coldsend', 'cohesive'])('a vendor like %s', (vendor) => {
  it.each(['500', '503', 'timeout'] as const)(
    'that gives nothing but %s for an hour is read on afterwards',
    async (failing) => {
      const of = bench({ vendor });
      await of.pollWell();
      of.switches.failing = { '/': failing };
      const ids = Array.from({ length: 30 }, () => {
        of.now += 1;
        return of.reply(of.lead());
      });
      await of.pollFor(HOUR);
      of.switches.failing = {};
      await of.pollFor(61 * MINUTE);
      of.assertReceived(ids, 'an hour of trouble lost replies');
    },
  );

  it.each(['404', '500', 'truncated'] as const)(
    'with a thread that never opens (%s) tells all others, at few calls',
    async (failing) => {
      const of = bench({ vendor });
      await of.pollWell();
      const closed = of.lead();
      of.switches.failing = { [closed.id]: failing, [`=${closed.leadEmail}`]: failing };
      of.now += 1;
      of.reply(closed);
      await of.pollFor(HOUR);
      const ids = Array.from({ length: 60 }, () => {
        of.now += 1;
        return of.reply(of.lead());
      });
      await of.pollFor(HOUR);
      of.assertReceived(ids, 'one thread held up the others');
      await of.pollFor(3 * HOUR);
      const calls = of.counts.http;
      await of.pollFor(5 * HOUR);
      expect((of.counts.http - calls) / 300).toBeLessThan(2.7);
    },
  );
});

describe('a connection that the config backfills', () => {
  it('tells old and new replies once each while rows swap and openings fail', async () => {
    const of = bench({ vendor: 'coldsend', switches: { swappedRate: 0.05, errorRate: 0.1 } });
    of.backfill = 'all';
    of.restart();
    const old = of.oldLeads(80).map(({ messages: [first] }) => (first ? of.vendor.messageId(first) : ''));
    await of.pollFor(20 * MINUTE);
    const ids = Array.from({ length: 20 }, () => of.reply(of.lead()));
    await of.pollFor(6 * HOUR);
    of.assertReceived([...old, ...ids], 'a backfill in trouble lost or repeated replies');
  });
});

describe('a vendor whose answers take long', () => {
  const slow = async (latencyMs: number) => {
    const of = bench({ vendor: 'cohesive' });
    await of.pollWell();
    of.now += MINUTE;
    const id = of.reply(of.lead());
    of.switches.latencyMs = latencyMs;
    const poll = await of.poll();
    return { of, id, poll };
  };

  it('is waited for for 20 seconds', async () => {
    const { of, id, poll } = await slow(19_000);
    expect(poll.failure).toBeUndefined();
    of.assertReceived([id], 'a slow answer is not read');
  });

  it('fails beyond, in a sentence, and its replies are told when it answers sooner', async () => {
    const { of, id, poll } = await slow(25_000);
    expect(poll.failure?.message).toBe('Cohesive did not answer in time (timeout).');
    of.switches.latencyMs = 0;
    await of.pollFor(5 * MINUTE);
    of.assertReceived([id], 'a reply of a slow vendor is not told once it answers');
  });
});
