import { describe, expect, it } from 'vitest';
import { createPoller } from '../../shared/polling/poller.ts';
import { Bench, type BenchOptions, DAY, HOUR, MINUTE } from './harness.ts';

const bench = (options: BenchOptions) => new Bench({ createPoller }, options);

const replies = (of: Bench, count: number): readonly string[] =>
  Array.from({ length: count }, () => {
    of.now += 1;
    return of.reply(of.lead());
  });

describe('a vendor that sends fewer rows than were asked for', () => {
  it.each([7, 20, 50, 99])('%s at a time: every new reply is told', async (coldsendPageRows) => {
    const of = bench({ vendor: 'coldsend', limits: { pageRows: 100 }, switches: { coldsendPageRows } });
    await of.pollWell();
    const ids = replies(of, 160);
    await of.pollFor(HOUR);
    of.assertReceived(ids, 'the end of a short page was taken for the end of the list');
  });

  it.each(['right', 'none'] as const)('and does not say so, totals %s: every new reply is told', async (totals) => {
    const switches = { coldsendPageRows: 30, coldsendSaysLimit: false, coldsendTotals: totals };
    const of = bench({ vendor: 'coldsend', limits: { pageRows: 100 }, switches });
    await of.pollWell();
    const ids = replies(of, 160);
    await of.pollFor(HOUR);
    of.assertReceived(ids, 'pages were counted in rows that the vendor does not send');
  });

  it('and repeats our limit, with a total of fewer than it sends: every new reply is told', async () => {
    const switches = { coldsendPageRows: 30, coldsendEchoesLimit: true, coldsendTotals: 'twelve' } as const;
    const of = bench({ vendor: 'coldsend', limits: { pageRows: 100 }, switches });
    of.oldLeads(40);
    await of.pollFor(HOUR);
    const ids = replies(of, 160);
    await of.pollFor(HOUR);
    of.assertReceived(ids, 'a total that the page itself shows to be false ended the list');
  });

  it('from one moment on: every new reply is told', async () => {
    const of = bench({ vendor: 'coldsend', limits: { pageRows: 100 } });
    await of.pollWell();
    of.switches.coldsendPageRows = 30;
    const ids = replies(of, 160);
    await of.pollFor(HOUR);
    of.assertReceived(ids, 'the end of a short page was taken for the end of the list');
  });
});

it('tells the replies below a hundred rows that cannot be read', async () => {
  const of = bench({ vendor: 'coldsend', limits: { pageRows: 20 } });
  await of.pollWell();
  const ids = replies(of, 60);
  const bad = Array.from({ length: 99 }, () => {
    of.now += 1;
    const thread = of.lead();
    of.reply(thread);
    return thread.id;
  });
  of.switches.badRowIds = bad;
  await of.pollFor(HOUR);
  of.assertReceived(ids, 'pages without a readable row ended the list');
});

describe.each(['coldsend', 'cohesive'])('lists of %s', (vendor) => {
  it('in which the words of a row carry a picture of 9 MB are read', async () => {
    const of = bench({ vendor });
    await of.pollWell();
    const words = `data:image/png;base64,${'A'.repeat(9 * 1024 * 1024)}`;
    const shown = /("(?:tagline|last_message_preview)":)"[^"]*"/;
    of.onAnswer = ({ bytesMax }, good) => {
      const body = good.body.replace(shown, `$1"${words}"`);
      return body.length > bytesMax ? { ...good, body: '', truncated: true } : { ...good, body };
    };
    const ids = replies(of, 6);
    await of.pollFor(5 * MINUTE);
    of.assertReceived(ids, 'one long row silenced its list');
  });

  it.each(['null', 'no-content'] as const)('that are empty, and given as %s, are switched on', async (emptyLists) => {
    const of = bench({ vendor, switches: { emptyLists } });
    await of.pollWell();
    of.now += MINUTE;
    const thread = of.lead();
    const id = of.reply(thread);
    await of.pollFor(5 * MINUTE);
    of.assertReceived([id], 'an empty list kept the feed off');
    of.world.setLabel(thread.id, 'interested');
    await of.pollFor(5 * MINUTE);
    of.assertInterested([id], 'the interested list was never read');
  });

  it('in which two rows change places now and then lose nothing, and come to rest', async () => {
    const of = bench({ vendor, limits: { pageRows: 100 } });
    of.oldLeads(300, { step: 10 * MINUTE });
    of.oldLeads(40, { intent: 'interested' });
    await of.pollFor(HOUR);
    of.switches.swappedRate = 0.02;
    const ids: string[] = [];
    for (let hours = 0; hours < 6; hours += 1) {
      ids.push(of.reply(of.lead({ intent: 'interested' })));
      await of.pollFor(HOUR);
    }
    of.assertReceived(ids, 'a swapped pair lost a reply');
    of.assertInterested(ids, 'a swapped pair lost a label, or told an old one');
    of.switches.swappedRate = 0;
    await of.pollFor(2 * HOUR);
    const calls = of.counts.http;
    await of.pollFor(5 * HOUR);
    expect((of.counts.http - calls) / 300).toBeLessThan(2.7);
  });

  it('whose pages end early now and then lose nothing', async () => {
    const of = bench({ vendor, switches: { shortPageRate: 0.1 } });
    of.oldLeads(50, { intent: 'interested' });
    await of.pollFor(10 * MINUTE);
    const ids = Array.from({ length: 90 }, () => {
      of.now += 1;
      return of.reply(of.lead());
    });
    await of.pollFor(3 * HOUR);
    of.assertReceived(ids, 'a page that ended early hid what was below');
  });

  it('that show a thread twice, the older row in other letter case, tell each of its replies once', async () => {
    const of = bench({ vendor });
    await of.pollWell();
    const thread = of.lead();
    of.switches.doubledRowIds = [thread.id];
    const ids: string[] = [];
    for (let count = 0; count < 4; count += 1) {
      of.now += MINUTE;
      ids.push(of.reply(thread));
      await of.pollFor(3 * MINUTE);
    }
    await of.pollFor(DAY);
    of.assertReceived(ids, 'an older row of the same thread hid its newest, or told it again');
  });
});

describe('totals that', () => {
  it.each(['none', 'twice', 'page', 'twelve'] as const)(
    'are wrong (%s) hide no reply and no label',
    async (coldsendTotals) => {
      const of = bench({ vendor: 'coldsend', switches: { coldsendTotals } });
      const old = of.oldLeads(150);
      await of.pollFor(10 * MINUTE);
      const ids = Array.from({ length: 60 }, () => {
        of.now += 1;
        return of.reply(of.lead());
      });
      of.world.setLabel(old[20]?.id ?? '', 'interested');
      await of.pollFor(2 * HOUR);
      of.assertReceived(ids, 'a wrong total ended the list');
      expect(of.interested()).toHaveLength(1);
    },
  );
});

it('keeps telling labels among 3,000 interested threads, within the calls that ColdSend allows', async () => {
  const of = bench({ vendor: 'coldsend', limits: { pageRows: 100 }, switches: { coldsendRateLimits: true } });
  of.oldLeads(3_000, { step: MINUTE, intent: 'interested' });
  const others = of.oldLeads(100, { from: 60 * DAY });
  await of.pollFor(HOUR);
  for (let count = 0; count < 8; count += 1) {
    of.world.setLabel(others[count]?.id ?? '', 'interested');
    await of.pollFor(5 * MINUTE);
  }
  const id = of.reply(of.lead());
  await of.pollFor(80 * MINUTE);
  of.assertReceived([id], 'the interested list left no calls for new mail');
  expect(of.interested()).toHaveLength(8);
}, 60_000);
