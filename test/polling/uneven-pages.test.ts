import { describe, expect, it } from 'vitest';
import type { Switches } from '../../sandbox/switches.ts';
import { backfill } from '../../shared/polling/backfill/backfill.ts';
import { createPoller } from '../../shared/polling/poller.ts';
import { backfillBench, HOUR } from './backfill-bench.ts';
import { Bench, MINUTE } from './harness.ts';

const upTo = (most: number) => Array.from({ length: most }, (_, index) => index + 1);

const DRAWN: Partial<Switches> = { pageRowsDrawn: upTo(100) };
const SEVENTH: Partial<Switches> = { pageRowsDrawn: [20, 20, 20, 20, 20, 20, 10], coldsendHeedsLimit: false };
const FOUR_SIZES: Partial<Switches> = { pageRowsDrawn: [3, 7, 10, 20], coldsendHeedsLimit: false };

/** What a vendor says beside the rows: the limit that it was asked for, its own, none. */
const ASKED: Partial<Switches> = { coldsendEchoesLimit: true };
const OWN: Partial<Switches> = {};
const NONE: Partial<Switches> = { coldsendSaysLimit: false };

const THREADS = 160;

interface Backfilled {
  readonly vendor?: string;
  readonly switches: Partial<Switches>;
  /** From the second piece on. */
  readonly later?: Partial<Switches>;
  readonly threads?: number;
}

/** Asked for again, an hour later each time, until it is done. */
async function backfilled({ vendor = 'coldsend', switches, later = {}, threads = THREADS }: Backfilled) {
  const bench = backfillBench({ vendor, switches, threads, seed: 2 });
  const { polled, ports, count, pass } = bench;
  await createPoller(polled, ports).poll();
  let done = false;
  for (let asked = 0; asked < 8 && !done; asked += 1) {
    ({ done } = await backfill(polled, ports, {
      since: 'all',
      onProgress: () => void Object.assign(bench.switches, later),
    }));
    pass(HOUR);
  }
  return { done, told: count('reply.received') };
}

const ALL_TOLD = { done: true, told: THREADS };

describe('a backfill of a list whose pages have now more, now fewer rows', () => {
  it.each([
    ['the limit asked for', 'right', ASKED],
    ['the limit asked for', 'none', ASKED],
    ['the limit asked for', 'messages', ASKED],
    ['the limit asked for', 'twice', ASKED],
    ['the limit asked for', 'page', ASKED],
    ['its own limit', 'right', OWN],
    ['its own limit', 'page', OWN],
    ['no limit', 'right', NONE],
    ['no limit', 'none', NONE],
    ['no limit', 'page', NONE],
  ] as const)('is done with all told: up to the limit, naming %s, totals %s', async (_, coldsendTotals, said) => {
    expect(await backfilled({ switches: { ...DRAWN, ...said, coldsendTotals } })).toEqual(ALL_TOLD);
  });

  it.each([
    ['the limit asked for', ASKED],
    ['its own limit', OWN],
    ['no limit', NONE],
  ])('is done with all told: half a page now and then, whatever the limit, naming %s', async (_, said) => {
    expect(await backfilled({ switches: { ...SEVENTH, ...said } })).toEqual(ALL_TOLD);
  });

  it('is done with all told: one of four sizes, whatever the limit', async () => {
    expect(await backfilled({ switches: { ...FOUR_SIZES, ...ASKED } })).toEqual(ALL_TOLD);
  });

  it.each([
    ['half as long from one moment on', [20], [10]],
    ['twice as long from one moment on', [10], [20]],
  ])('is done with all told: %s, whatever the limit', async (_, before, after) => {
    const switches = { ...ASKED, coldsendHeedsLimit: false, pageRowsDrawn: before };
    expect(await backfilled({ switches, later: { pageRowsDrawn: after } })).toEqual(ALL_TOLD);
  });

  it.each(['right', 'none', 'page', 'messages'] as const)(
    'is done with all told: the last page exactly full, the limit asked for named, totals %s',
    async (coldsendTotals) => {
      expect(await backfilled({ switches: { ...ASKED, coldsendPageRows: 20, coldsendTotals } })).toEqual(ALL_TOLD);
    },
  );

  it.each([
    [20, 'none', 161],
    [20, 'page', 170],
    [20, 'messages', 179],
    [25, 'none', 161],
    [25, 'page', 170],
    [25, 'none', 179],
  ] as const)(
    'is done with all told: %i rows a page whatever the limit, the one asked for named, totals %s, %i threads',
    async (coldsendPageRows, coldsendTotals, threads) => {
      const switches = { ...ASKED, coldsendHeedsLimit: false, coldsendPageRows, coldsendTotals };
      expect(await backfilled({ switches, threads })).toEqual({ done: true, told: threads });
    },
  );

  it.each([
    ['coldsend', 'right'],
    ['coldsend', 'none'],
    ['coldsend', 'page'],
    ['cohesive', 'none'],
  ] as const)('is done with all told where every page is empty once: %s, totals %s', async (vendor, coldsendTotals) => {
    const bench = backfillBench({ vendor, switches: { ...ASKED, coldsendPageRows: 20, coldsendTotals }, threads: 60 });
    await createPoller(bench.polled, bench.ports).poll();
    const asked = new Set<string>();
    bench.vendor.answers = ({ url }, answer) => {
      if (!bench.of.lists.test(url) || asked.has(url)) return answer;
      asked.add(url);
      return { ...answer, body: bench.of.withRows(answer.body, () => []) };
    };
    const { done } = await backfill(bench.polled, bench.ports, { since: 'all', onProgress: () => {} });
    expect({ done, told: bench.count('reply.received') }).toEqual({ done: true, told: 60 });
  });

  it.each([
    ['any size', upTo(20)],
    ['20, 10, 20', [20, 10, 20]],
  ])('is done with all told: rows counted one by one, pages of %s', async (_, pageRowsDrawn) => {
    expect(await backfilled({ vendor: 'cohesive', switches: { pageRowsDrawn } })).toEqual(ALL_TOLD);
  });

  it('is not done while nothing proves the end', async () => {
    const switches: Partial<Switches> = { ...FOUR_SIZES, ...OWN, coldsendTotals: 'page' };
    const { polled, ports, count } = backfillBench({ switches, threads: THREADS, seed: 2 });
    await createPoller(polled, ports).poll();
    const abort = new AbortController();
    let pieces = 0;
    const onProgress = () => {
      pieces += 1;
      if (pieces === 50) abort.abort();
    };
    const { done } = await backfill(polled, ports, { since: 'all', onProgress, signal: abort.signal });
    expect([done, pieces, count('reply.received') < THREADS]).toEqual([false, 50, true]);
  });
});

describe('a burst of 200 replies between two polls, in a list whose pages have now more, now fewer rows', () => {
  it.each([
    ['up to the limit, totals right', 'coldsend', { ...DRAWN, ...ASKED }],
    ['up to the limit, totals of messages', 'coldsend', { ...DRAWN, ...ASKED, coldsendTotals: 'messages' }],
    ['up to the limit, no totals', 'coldsend', { ...DRAWN, ...NONE, coldsendTotals: 'none' }],
    ['half a page now and then, whatever the limit', 'coldsend', { ...SEVENTH, ...ASKED }],
    ['one of four sizes, whatever the limit', 'coldsend', { ...FOUR_SIZES, ...ASKED }],
    ['empty now and then', 'coldsend', { ...ASKED, coldsendPageRows: 30, emptyPageRate: 0.15 }],
    ['20 or 10', 'cohesive', { pageRowsDrawn: [20, 10] }],
    ['any size', 'cohesive', { pageRowsDrawn: upTo(20) }],
  ] as const)('is told: %s (%s)', async (_, vendor, switches) => {
    const of = new Bench({ createPoller }, { vendor, limits: { pageRows: 100 }, switches: { ...switches } });
    of.oldLeads(60);
    await of.pollFor(HOUR);
    const ids = Array.from({ length: 200 }, () => {
      of.now += 1;
      return of.reply(of.lead());
    });
    for (let hours = 0; hours < 12 && of.received().length < ids.length; hours += 1) await of.pollFor(HOUR);
    of.assertReceived(ids, 'a page of another size hid what was below');
  });

  it.each([
    ['coldsend', { ...DRAWN, ...ASKED }],
    ['coldsend', { ...SEVENTH, ...ASKED }],
    ['cohesive', { pageRowsDrawn: [20, 10] }],
  ] as const)('has the labels told that are set deep in the interested list: %s', async (vendor, switches) => {
    const of = new Bench({ createPoller }, { vendor, limits: { pageRows: 100 }, switches: { ...switches } });
    of.oldLeads(100, { intent: 'interested' });
    const others = of.oldLeads(3, { from: 60 * 24 * HOUR });
    await of.pollFor(3 * HOUR);
    for (const { id } of others) of.world.setLabel(id, 'interested');
    await of.pollFor(6 * HOUR + MINUTE);
    expect(of.interested()).toHaveLength(others.length);
  });
});
