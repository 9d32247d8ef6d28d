import { describe, expect, it } from 'vitest';
import { createPoller } from '../../shared/polling/poller.ts';
import type { HttpRequest, HttpResponse } from '../../shared/ports.ts';
import { Bench, type BenchOptions, DAY, HOUR, MINUTE } from './harness.ts';

const bench = (options: BenchOptions) => new Bench({ createPoller }, options);

const refusal = (status: number): HttpResponse => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: '{"error":"no","detail":"no"}',
});

const isList = ({ url }: HttpRequest): boolean => /\/inbox\/replies|\/replies\?/.test(url);

/** Whether a call is one that opens a thread, of any. */
const isOpening = (request: HttpRequest): boolean => !isList(request) && !/\/campaigns/.test(request.url);

const VENDORS_THAT_REFUSE = ['cohesive', 'coldsend'] as const;
const REFUSALS = VENDORS_THAT_REFUSE.flatMap((vendor) => [401, 403].map((status) => [vendor, status] as const));

describe.each(REFUSALS)('threads of %s whose opening alone answers %i for ever', (vendor, status) => {
  async function refusing(count: number) {
    const of = bench({ vendor });
    const old = of.oldLeads(40, { from: 5 * DAY });
    const broken = old.slice(0, count);
    await of.pollWell();
    let openings = 0;
    of.onAnswer = (request, good) => {
      if (!of.opens(request, broken)) return good;
      openings += 1;
      return refusal(status);
    };
    // Each quarter of an hour one of them has mail.
    const hear = async (quarters: number) => {
      const late: string[] = [];
      for (let quarter = 0; quarter < quarters; quarter += 1) {
        const thread = broken[quarter % count];
        if (thread) of.reply(thread);
        for (let minute = 0; minute < 15; minute += 5) {
          const id = of.reply(of.lead());
          await of.pollFor(2 * MINUTE);
          if (!of.received().includes(id)) late.push(id);
          await of.pollFor(3 * MINUTE);
        }
      }
      return late;
    };
    return { of, hear, openings: () => openings };
  }

  it.each([1, 5])('hold up no reply of another (%i of them)', async (count) => {
    const { hear } = await refusing(count);
    expect(await hear(16)).toEqual([]);
  });

  it.each([1, 5])('are no refused key (%i of them)', async (count) => {
    const { of, hear } = await refusing(count);
    await hear(16);
    expect(of.types()).not.toContain('connection.unauthorized');
  });

  it('rest longer each time', async () => {
    const { of, hear, openings } = await refusing(1);
    await hear(1);
    const before = openings();
    await of.pollFor(24 * HOUR);
    expect(openings() - before).toBeLessThan(20);
  });

  it('are opened again within hours of being let in', async () => {
    const { of, hear } = await refusing(1);
    await hear(1);
    await of.pollFor(12 * HOUR);
    of.onAnswer = undefined;
    const before = of.received().length;
    await of.pollFor(7 * HOUR);
    expect(of.received().length - before).toBe(1);
  });
});

describe.each(VENDORS_THAT_REFUSE)('a key of %s that may list threads but open none', (vendor) => {
  async function listing() {
    const of = bench({ vendor });
    const first = of.oldLeads(40, { from: 5 * DAY });
    await of.pollWell();
    const ids = first.slice(0, 3).map((thread) => of.reply(thread));
    await of.pollFor(5 * MINUTE);
    of.assertReceived(ids, 'openings did not go well to begin with');
    of.onAnswer = (request, good) => (isOpening(request) ? refusal(401) : good);
    const late = Array.from({ length: 5 }, () => of.reply(of.lead()));
    return { of, ids: [...ids, ...late] };
  }

  it('loses nothing, however long that lasts', async () => {
    const { of, ids } = await listing();
    await of.pollFor(7 * DAY);
    of.onAnswer = undefined;
    await of.pollFor(7 * HOUR);
    of.assertReceived(ids, 'replies were lost while no thread could be opened');
  });
});

it.each([401, 403])('a workspace of which no thread can be opened any more is a refused key (%i)', async (status) => {
  const of = bench({ vendor: 'coldsend' });
  const threads = of.oldLeads(40, { from: 5 * DAY });
  await of.pollWell();
  for (const thread of threads.slice(0, 3)) of.reply(thread);
  await of.pollFor(5 * MINUTE);
  of.onAnswer = (request, good) => (isOpening(request) ? refusal(status) : good);
  for (let count = 0; count < 5; count += 1) of.reply(of.lead());
  await of.pollFor(20 * MINUTE);
  expect(of.types()).toContain('connection.unauthorized');
  of.onAnswer = undefined;
  await of.pollFor(20 * MINUTE);
  expect(of.types()).toContain('connection.recovered');
});
