import { describe, expect, it } from 'vitest';
import { createPoller } from '../../shared/polling/poller.ts';
import type { HttpResponse } from '../../shared/ports.ts';
import { Bench, type BenchOptions, DAY, HOUR, MINUTE } from './harness.ts';

const bench = (options: BenchOptions) => new Bench({ createPoller }, options);

const asking = (status: number, wait?: number): HttpResponse => ({
  status,
  headers: { 'content-type': 'application/json', ...(wait !== undefined && { 'retry-after': String(wait) }) },
  body: '{"error":"slow down"}',
});

const ANSWERS: readonly (readonly [name: string, answer: HttpResponse])[] = [
  ['429 without a word', asking(429)],
  ['429 for two seconds', asking(429, 2)],
  ['429 for 30 seconds', asking(429, 30)],
  ['429 for an hour', asking(429, 3_600)],
  ['503 for 30 seconds', asking(503, 30)],
];

const CASES = ['cohesive', 'coldsend'].flatMap((vendor) =>
  ANSWERS.map(([name, answer]) => [vendor, name, answer] as const),
);

describe.each(CASES)('five threads of %s whose opening alone answers %s for ever', (vendor, _, answer) => {
  async function asked() {
    const of = bench({ vendor });
    const broken = of.oldLeads(40, { from: 5 * DAY }).slice(0, 5);
    await of.pollWell();
    let openings = 0;
    of.onAnswer = (request, good) => {
      if (!of.opens(request, broken)) return good;
      openings += 1;
      return answer;
    };
    for (const thread of broken) of.reply(thread);
    // The vendor is believed at first.
    await of.pollFor(3 * HOUR);
    return { of, broken, openings: () => openings };
  }

  it('hold up no reply of another', async () => {
    const { of, broken } = await asked();
    const late: string[] = [];
    for (let round = 0; round < 40; round += 1) {
      const thread = round % 3 === 0 ? broken[(round / 3) % 5] : undefined;
      if (thread) of.reply(thread);
      const id = of.reply(of.lead());
      await of.pollFor(2 * MINUTE);
      if (!of.received().includes(id)) late.push(id);
      await of.pollFor(3 * MINUTE);
    }
    expect(late).toEqual([]);
  });

  it('rest longer each time', async () => {
    const { of, openings } = await asked();
    const before = openings();
    await of.pollFor(DAY);
    expect(openings() - before).toBeLessThan(5 * 20);
  });

  it('are opened within hours of being let in', async () => {
    const { of } = await asked();
    of.onAnswer = undefined;
    await of.pollFor(7 * HOUR);
    expect(of.received()).toHaveLength(5);
  });
});

describe.each(['cohesive', 'coldsend'])('a key of %s that is asked to wait at an opening', (vendor) => {
  it('is left alone for as long as that, when it is opened again', async () => {
    const of = bench({ vendor });
    const threads = of.oldLeads(40, { from: 5 * DAY }).slice(0, 5);
    await of.pollWell();
    let until = 0;
    const early: number[] = [];
    of.onAnswer = (request, good) => {
      if (of.now < until) early.push(until - of.now);
      const isBegin = of.opens(request, threads) && of.now >= until;
      if (isBegin) until = of.now + 120_000;
      return isBegin || of.now < until ? asking(429, Math.ceil((until - of.now) / 1_000)) : good;
    };
    of.reply(threads[0] ?? of.lead());
    await of.pollFor(MINUTE);
    expect(until).toBeGreaterThan(0);
    await of.pollFor(MINUTE);
    expect(early).toEqual([]);
  });

  it('is left alone again where the next call is refused too', async () => {
    const of = bench({ vendor });
    const threads = of.oldLeads(40, { from: 5 * DAY }).slice(0, 5);
    await of.pollWell();
    let until = 0;
    let waits = 0;
    let early = 0;
    of.onAnswer = (request, good) => {
      if (of.now < until) early += 1;
      else if (waits < 10 && of.opens(request, threads)) {
        waits += 1;
        until = of.now + 120_000;
      }
      return of.now < until ? asking(429, Math.ceil((until - of.now) / 1_000)) : good;
    };
    const ids: string[] = [];
    for (const thread of threads) ids.push(of.reply(thread));
    await of.pollFor(3 * HOUR);
    expect(early / Math.max(1, waits)).toBeLessThanOrEqual(6);
    of.assertReceived(ids, 'replies waited for ever');
  });
});
