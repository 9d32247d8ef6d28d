import { describe, expect, it } from 'vitest';
import { createPoller } from '../../shared/polling/poller.ts';
import { HttpFault, type HttpRequest, type HttpResponse } from '../../shared/ports.ts';
import { VENDOR_NAMES } from '../vendors/index.ts';
import { Bench, type BenchOptions, HOUR, MINUTE } from './harness.ts';

const bench = (options: BenchOptions) => new Bench({ createPoller }, options);

type Answer = (good: HttpResponse) => HttpResponse;

const answer =
  (status: number, headers: Readonly<Record<string, string>> = {}): Answer =>
  () => ({ status, headers: { 'content-type': 'application/json', ...headers }, body: '{"error":"no such filter"}' });

const FAILURES: readonly (readonly [name: string, answer: Answer])[] = [
  ['400', answer(400)],
  ['401', answer(401)],
  ['403', answer(403)],
  ['404', answer(404)],
  ['429 with Retry-After', answer(429, { 'retry-after': '120' })],
  ['500', answer(500)],
  ['503 with Retry-After', answer(503, { 'retry-after': '120' })],
  ['HTML', (good) => ({ ...good, body: '<html>' })],
  ['half of its JSON', (good) => ({ ...good, body: good.body.slice(0, good.body.length / 2) })],
  ['another shape', (good) => ({ ...good, body: '{"rows":{}}' })],
  [
    'no answer in time',
    () => {
      throw new HttpFault('timeout', true);
    },
  ],
];

/** From now on each request for the interested list ends so. */
const failing = (of: Bench, failure: Answer, where: RegExp = of.vendor.interestedLists) => {
  of.onAnswer = ({ url }: HttpRequest, good) => (where.test(url) ? failure(good) : good);
};

const CASES = VENDOR_NAMES.flatMap((vendor) => FAILURES.map(([name, failure]) => ({ vendor, name, failure })));

/** Until the next poll; where the vendor asked to wait, until the first one after that. */
const untilPolled = (name: string) => (name.includes('Retry-After') ? 3 * MINUTE : MINUTE);

describe('an interested list that fails for ever', () => {
  it.each(CASES)('leaves new replies to the next poll: $vendor, $name', async ({ vendor, name, failure }) => {
    const of = bench({ vendor });
    of.oldLeads(5);
    await of.run(5 * MINUTE);
    failing(of, failure);
    await of.pollFor(20 * MINUTE);
    const ids: string[] = [];
    for (let count = 0; count < 10; count += 1) {
      ids.push(of.reply(of.lead()));
      await of.pollFor(untilPolled(name));
      of.assertReceived(ids, 'a reply waited for the interested list');
    }
    expect(of.types()).not.toContain('connection.unauthorized');
  });

  it.each(CASES)('is no obstacle to switching on: $vendor, $name', async ({ vendor, name, failure }) => {
    const of = bench({ vendor });
    of.oldLeads(25, { intent: 'interested' });
    failing(of, failure);
    await of.pollFor(20 * MINUTE);
    const received = of.reply(of.lead());
    await of.pollFor(untilPolled(name));
    of.assertReceived([received], 'the feed was not switched on');
    of.onAnswer = undefined;
    await of.pollFor(3 * HOUR);
    of.assertInterested([], 'old labels were recorded once the list answered');
  });

  it.each(CASES)('loses no label that it did not show: $vendor, $name', async ({ vendor, failure }) => {
    const of = bench({ vendor });
    of.oldLeads(45, { intent: 'interested' });
    const [deep] = of.oldLeads(3, { from: 30 * 24 * HOUR });
    await of.run(3 * HOUR);
    failing(of, failure);
    await of.pollFor(10 * MINUTE);
    const labelled = of.lead({ intent: 'interested' });
    const seen = of.reply(labelled);
    if (deep) of.world.setLabel(deep.id, 'interested');
    await of.pollFor(3 * HOUR);
    of.onAnswer = undefined;
    await of.pollFor(3 * HOUR);
    const [old] = deep?.messages ?? [];
    of.assertInterested([seen, old ? of.idOf(old) : ''], 'a label was lost, or recorded twice');
  });

  it.each(VENDOR_NAMES)('is asked less and less often: %s', async (vendor) => {
    const of = bench({ vendor });
    await of.run(5 * MINUTE);
    let asked = 0;
    failing(of, (good) => {
      asked += 1;
      return { ...good, status: 404, body: '{}' };
    });
    await of.pollFor(5 * HOUR);
    expect(asked).toBeLessThan(20);
  });

  it.each(VENDOR_NAMES)('costs no write, and no more calls than one that answers: %s', async (vendor) => {
    const of = bench({ vendor });
    of.oldLeads(5, { intent: 'interested' });
    await of.run(3 * HOUR);
    failing(of, answer(500));
    await of.pollFor(4 * HOUR);
    const { http } = of.counts;
    of.written.length = 0;
    await of.pollFor(2 * HOUR);
    expect(of.written.filter(({ partition }) => /^(FEED|SHARD)#/.test(partition))).toEqual([]);
    expect((of.counts.http - http) / 120).toBeLessThan(2.7);
  });

  it('tells a label that its row shows, where rows show them', async () => {
    const of = bench({ vendor: 'coldsend' });
    await of.run(5 * MINUTE);
    failing(of, answer(500));
    await of.pollFor(10 * MINUTE);
    const thread = of.lead();
    const id = of.reply(thread);
    await of.pollFor(5 * MINUTE);
    of.assertInterested([], 'recorded without a label');
    of.world.setLabel(thread.id, 'interested');
    await of.pollFor(MINUTE);
    of.assertInterested([id], 'a label in a row of the list waited for the interested list');
  });

  it('is said by the poll that asked it', async () => {
    const of = bench({ vendor: 'coldsend' });
    await of.run(5 * MINUTE);
    failing(of, answer(500));
    of.now += MINUTE;
    const { failure, interestedFailure } = await of.poll();
    expect([failure, interestedFailure?.message]).toEqual([undefined, expect.stringContaining('HTTP 500')]);
  });

  it('is not late, its feed being polled', async () => {
    const of = bench({ vendor: 'coldsend' });
    await of.run(5 * MINUTE);
    failing(of, answer(500));
    await of.pollFor(HOUR);
    expect(of.lags.map(({ lagMs }) => lagMs)).toEqual([0]);
  });
});

describe('an interested list that fails below its first page', () => {
  const below = (of: Bench) =>
    failing(of, answer(500), new RegExp(`(?=.*${of.vendor.interestedLists.source})(?!.*${of.vendor.topInUrl.source})`));

  it.each(VENDOR_NAMES)('leaves new replies, and new labels on that page, to the next poll: %s', async (vendor) => {
    const of = bench({ vendor });
    of.oldLeads(45, { intent: 'interested' });
    await of.run(3 * HOUR);
    below(of);
    await of.pollFor(2 * HOUR);
    const received: string[] = [];
    const interested: string[] = [];
    for (let count = 0; count < 5; count += 1) {
      const id = of.reply(of.lead({ intent: 'interested' }));
      received.push(id);
      interested.push(id);
      await of.pollFor(MINUTE);
      of.assertReceived(received, 'a reply waited for the interested list');
      of.assertInterested(interested, 'a label on the first page waited for what is below');
    }
  });
});

describe("a feed's own list that fails while its interested list answers", () => {
  it.each(CASES)('loses nothing: $vendor, $name', async ({ vendor, failure }) => {
    const of = bench({ vendor });
    of.oldLeads(25);
    await of.run(3 * HOUR);
    of.onAnswer = ({ url }, good) =>
      of.vendor.lists.test(url) && !of.vendor.interestedLists.test(url) ? failure(good) : good;
    const ids: string[] = [];
    const interested: string[] = [];
    for (let count = 0; count < 10; count += 1) {
      ids.push(of.reply(of.lead()));
      const labelled = of.reply(of.lead({ intent: 'interested' }));
      ids.push(labelled);
      interested.push(labelled);
      await of.pollFor(5 * MINUTE);
    }
    of.onAnswer = undefined;
    await of.pollFor(3 * HOUR);
    of.assertReceived(ids, 'a reply was taken as handled');
    of.assertInterested(interested, 'a label was taken as handled');
  });
});

describe('campaigns that never answer', () => {
  it('are waited for once each, before they are switched on too', async () => {
    const of = bench({ vendor: 'cohesive' });
    const broken = Array.from({ length: 20 }, () => of.world.addCampaign({ vendor: 'cohesive' }).id);
    of.onAnswer = ({ url }, good) => {
      if (!broken.some((id) => url.includes(`/${id}/`))) return good;
      of.now += 20_000;
      throw new HttpFault('timeout', true);
    };
    await of.pollFor(30 * MINUTE);
    for (let round = 0; round < 30; round += 1) {
      const before = of.now;
      await of.poll();
      expect(of.now - before).toBeLessThanOrEqual(2 * 20_000);
      of.now += MINUTE;
    }
  });
});

describe('campaigns whose interested lists time out', () => {
  it('delay the replies of the others by no more than two such answers a round', async () => {
    const of = bench({ vendor: 'cohesive' });
    const others = Array.from({ length: 29 }, () => of.world.addCampaign({ vendor: 'cohesive' }).id);
    await of.pollWell();
    await of.run(5 * MINUTE);
    const broken = others.slice(0, 20);
    of.onAnswer = ({ url }, good) => {
      if (!/isInterested/.test(url) || !broken.some((id) => url.includes(`/${id}/`))) return good;
      of.now += 20_000;
      throw new HttpFault('timeout', true);
    };
    await of.pollFor(3 * HOUR);
    for (let round = 0; round < 30; round += 1) {
      const before = of.now;
      await of.poll();
      expect(of.now - before).toBeLessThanOrEqual(2 * 20_000);
      of.now += MINUTE;
    }
  });
});

describe('a row that could not be read when the connection was switched on', () => {
  it.each(VENDOR_NAMES)('has its old label told once when it can be read (%s)', async (vendor) => {
    const of = bench({ vendor });
    of.oldLeads(5, { intent: 'interested' });
    const thread = of.lead({ intent: 'interested' });
    const message = of.reply(thread, { sentAt: of.now - 24 * HOUR });
    of.world.look();
    of.switches.badRowIds = [of.vendor.rowId(thread)];
    await of.pollWell();
    of.switches.badRowIds = [];
    await of.run(3 * HOUR);
    expect(of.interested()).toEqual([message]);
  });
});

describe.each(VENDOR_NAMES)('an account of %s whose lists are empty', (vendor) => {
  const emptied = (of: Bench, lists = of.vendor.lists) => {
    of.onAnswer = ({ url }, good) => {
      if (!lists.test(url)) return good;
      const body = of.vendor.withRows(good.body, () => []).replace(/"total_count":\d+/, '"total_count":0');
      return { ...good, body };
    };
  };

  it.each([2, 12, 25])('for the first %i minutes has no old label told', async (minutes) => {
    const of = bench({ vendor });
    of.oldLeads(30, { intent: 'interested' });
    emptied(of);
    await of.pollWell();
    await of.run(minutes * MINUTE);
    of.onAnswer = undefined;
    await of.run(3 * HOUR);
    of.assertInterested([], 'labels that were there were told as new');
  });

  it('of which the list of interested leads alone is empty at first has no old label told', async () => {
    const of = bench({ vendor });
    const [thread] = of.oldLeads(30, { intent: 'interested' });
    emptied(of, of.vendor.interestedLists);
    await of.pollWell();
    await of.run(12 * MINUTE);
    of.onAnswer = undefined;
    await of.run(MINUTE);
    const id = of.reply(thread ?? of.lead());
    await of.run(3 * HOUR);
    of.assertInterested([id], 'labels that were there were told as new');
  });

  it('and that then shows a few interested leads has them told', async () => {
    const of = bench({ vendor });
    const threads = of.oldLeads(30);
    await of.pollWell();
    await of.run(12 * MINUTE);
    for (const { id } of threads.slice(0, 3)) of.world.setLabel(id, 'interested');
    await of.run(2 * HOUR);
    expect(of.interested()).toHaveLength(3);
  });

  it('in which nobody is interested has the first label told, on old mail too', async () => {
    const of = bench({ vendor });
    const [thread] = of.oldLeads(30);
    await of.pollWell();
    await of.run(HOUR);
    of.world.setLabel(thread?.id ?? '', 'interested');
    await of.run(2 * HOUR);
    expect(of.interested()).toHaveLength(1);
  });
});
