import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../sandbox/seeded.ts';
import type { Switches } from '../../sandbox/switches.ts';
import { type BackfillOptions, backfill } from '../../shared/polling/backfill/backfill.ts';
import { createPoller } from '../../shared/polling/poller.ts';
import type { MemoryStore } from '../../shared/store/memory.ts';
import { type BackfillBench, backfillBench, HOUR, START } from './backfill-bench.ts';

const BOTH = ['coldsend', 'cohesive'] as const;
const SEEDS = [1, 2, 3] as const;
const OLD = 160;

interface Listed {
  readonly vendor: string;
  readonly threads?: number;
  readonly seed?: number;
  readonly switches?: Partial<Switches>;
}

/** Switched on, with a list that comes in another order at each request. */
async function shuffled({ vendor, threads = OLD, seed = 1, switches = {} }: Listed): Promise<BackfillBench> {
  const bench = backfillBench({ vendor, threads, seed, switches: { orderDrawn: true, ...switches } });
  await createPoller(bench.polled, bench.ports).poll();
  return bench;
}

/** Counts the pages that are asked for. */
function pagesOf({ vendor, of }: BackfillBench): { asked: number } {
  const pages = { asked: 0 };
  const { answers } = vendor;
  vendor.answers = (request, answer) => {
    if (of.lists.test(request.url)) pages.asked += 1;
    return answers?.(request, answer) ?? answer;
  };
  return pages;
}

/** What is asked of the vendor. */
function questionsOf({ vendor }: BackfillBench): readonly string[] {
  const asked: string[] = [];
  const { answers } = vendor;
  vendor.answers = (request, answer) => {
    asked.push(`${request.url} ${request.body ?? ''}`);
    return answers?.(request, answer) ?? answer;
  };
  return asked;
}

const repeatedIn = (questions: readonly string[]) =>
  questions.filter((question, index) => questions.indexOf(question) < index);

const run = async ({ polled, ports }: BackfillBench, options: Partial<BackfillOptions> = {}) =>
  await backfill(polled, ports, { since: 'all', onProgress: () => {}, ...options });

const told = (bench: BackfillBench) => bench.count('reply.received');

/** Documents about the threads that were met: all, and those that name any. */
function metIn({ ports }: BackfillBench) {
  const documents = [...ports.store.items()].filter(({ partition }) => partition.startsWith('MET#'));
  return { all: documents.length, full: documents.filter(({ value }) => JSON.stringify(value) !== '{}').length };
}

/** Every list says that it has so many threads. */
const saying = (bench: BackfillBench, total: number) => {
  bench.vendor.answers = ({ url }, answer) =>
    bench.of.lists.test(url)
      ? { ...answer, body: JSON.stringify({ ...JSON.parse(answer.body), total_count: total }) }
      : answer;
};

describe('a backfill of a list that comes in another order at each request', () => {
  const totals = ['right', 'none', 'page', 'twice', 'messages'] as const;
  it.each([
    ...totals.flatMap((each) => SEEDS.map((seed) => [OLD, each, seed] as const)),
    ...totals.map((each) => [1_000, each, 1] as const),
  ])(
    'is done with all of %i told, each counted once: ColdSend, totals %s, seed %i',
    async (threads, coldsendTotals, seed) => {
      const bench = await shuffled({ vendor: 'coldsend', threads, seed, switches: { coldsendTotals } });
      expect(await run(bench)).toMatchObject({ done: true, threads, left: 0 });
      expect(told(bench)).toBe(threads);
    },
  );

  it.each([...SEEDS.map((seed) => [OLD, seed] as const), [1_000, 1] as const])(
    'is done with all of %i told, each counted once: Cohesive, seed %i',
    async (threads, seed) => {
      const bench = await shuffled({ vendor: 'cohesive', threads, seed });
      expect(await run(bench)).toMatchObject({ done: true, threads, left: 0 });
      expect(told(bench)).toBe(threads);
    },
  );

  it.each([20, 100, 130, 159, 161, 1_000])('is done with all told where the total is always %i', async (total) => {
    const bench = await shuffled({ vendor: 'coldsend' });
    saying(bench, total);
    expect([(await run(bench)).done, told(bench)]).toEqual([true, OLD]);
  });

  it.each([1, 2, 3, 7, 30, 60])('is done with all told where the whole list fits on a page: %i', async (threads) => {
    for (const vendor of BOTH) {
      const bench = await shuffled({ vendor, threads, switches: { cohesivePageSize: 100 } });
      expect([(await run(bench)).done, told(bench)]).toEqual([true, threads]);
    }
  });

  it.each([
    ['coldsend', 30, 25],
    ['coldsend', OLD, 40],
    ['coldsend', 1_000, 500],
    ['cohesive', OLD, 450],
    ['cohesive', 1_000, 3_500],
  ] as const)('opens hardly a thread twice, and asks for few pages: %s, %i threads', async (vendor, threads, most) => {
    const bench = await shuffled({ vendor, threads });
    const pages = pagesOf(bench);
    const asked = questionsOf(bench);
    await run(bench);
    const openings = [...bench.world.threads.values()].map((thread) => {
      const pattern = bench.of.openings?.(thread) ?? /^$/;
      return repeatedIn(asked.filter((question) => pattern.test(question))).length;
    });
    // The calls of a minute may end in the midst of one.
    expect(openings.filter((again) => again > 0).length).toBeLessThan(threads / 20);
    expect(pages.asked).toBeLessThan(most);
  });

  it.each(BOTH)('tells what is not older than it is asked for, and no more: %s', async (vendor) => {
    const bench = await shuffled({ vendor });
    expect(await run(bench, { since: START - 24 * HOUR })).toMatchObject({ done: true, threads: 48 });
    expect(told(bench)).toBe(24);
  });

  it.each(BOTH)('goes further back when it is asked for more before it is done: %s', async (vendor) => {
    const bench = await shuffled({ vendor });
    const stop = new AbortController();
    await run(bench, { since: START - 100 * HOUR - 1, signal: stop.signal, onProgress: () => stop.abort() });
    const { done, recorded } = await run(bench);
    expect([done, told(bench), recorded]).toEqual([true, OLD, bench.events().length]);
  });

  it.each(BOTH)('tells the old replies of threads that rise while it runs: %s', async (vendor) => {
    const bench = await shuffled({ vendor });
    let pieces = 0;
    const onProgress = () => {
      pieces += 1;
      bench.pass(1_000);
      const { id = '' } = [...bench.world.threads.values()][OLD - pieces] ?? {};
      bench.world.addMessage(id, { direction: 'inbound', sentAt: START + pieces * 2_000, text: 'And a new one.' });
    };
    expect((await run(bench, { onProgress })).done).toBe(true);
    expect(told(bench)).toBe(OLD);
  });

  it.each(BOTH)('tries threads again that cannot be opened at first: %s', async (vendor) => {
    const bench = await shuffled({ vendor });
    let openings = 0;
    bench.vendor.answers = ({ url }, answer) => {
      if (bench.of.lists.test(url)) return answer;
      openings += 1;
      return openings % 9 === 0 ? { ...answer, status: 502, body: '' } : answer;
    };
    let result = await run(bench);
    for (let asked = 0; asked < 5 && !result.done; asked += 1) result = await run(bench);
    expect(result).toMatchObject({ done: true, threads: OLD, left: 0 });
    expect(told(bench)).toBe(OLD);
  });

  it.each(BOTH)('forgets which threads it met once it is done: %s', async (vendor) => {
    const bench = await shuffled({ vendor });
    const full: number[] = [];
    await run(bench, { onProgress: () => full.push(metIn(bench).full) });
    expect([Math.max(...full) > 0, metIn(bench).full]).toEqual([true, 0]);
  });

  it.each(BOTH)('is carried out for the config a piece after each poll: %s', async (vendor) => {
    const switches = { orderDrawn: true };
    const { polled, ports, count, pass } = backfillBench({ vendor, threads: OLD, switches, configured: 'all' });
    const poller = createPoller(polled, ports);
    for (let poll = 0; poll < 60; poll += 1) {
      await poller.poll();
      pass(60_000);
    }
    expect(count('reply.received')).toBe(OLD);
  });

  it.each(BOTH)('is done with all told where two work on it at once: %s', async (vendor) => {
    const bench = await shuffled({ vendor });
    const elsewhere = { ...bench.polled, connection: { ...bench.polled.connection } };
    await Promise.all([run(bench), run({ ...bench, polled: elsewhere })]);
    expect([(await run(bench)).done, told(bench)]).toEqual([true, OLD]);
  });
});

class Killed extends Error {}

/** A store whose process is killed before, or just after, one of its next writes. */
function killing(store: MemoryStore, random: () => number): MemoryStore {
  let left = Math.ceil(random() * 150);
  const isAfter = random() < 0.5;
  return {
    ...store,
    async put(document, expected) {
      left -= 1;
      if (left <= 0 && !isAfter) throw new Killed();
      const written = await store.put(document, expected);
      if (left <= 0) throw new Killed();
      return written;
    },
  };
}

describe('a backfill of such a list that is killed again and again', () => {
  it.each(BOTH.flatMap((vendor) => [1, 2, 3, 4, 5].map((seed) => [vendor, seed] as const)))(
    'loses nothing and records nothing twice: %s, seed %i',
    async (vendor, seed) => {
      const bench = await shuffled({ vendor, seed });
      const random = seededRandom(seed);
      let done = false;
      let kills = 0;
      while (!done) {
        try {
          ({ done } = await run({ ...bench, ports: { ...bench.ports, store: killing(bench.ports.store, random) } }));
        } catch (error) {
          if (!(error instanceof Killed)) throw error;
          kills += 1;
        }
      }
      const events = [...bench.ports.store.items()].filter(({ key }) => key === 'event');
      expect(kills).toBeGreaterThan(3);
      expect([told(bench), bench.count('reply.interested')]).toEqual([OLD, 10]);
      expect(events.every(({ version }) => version === 1)).toBe(true);
    },
  );
});

describe('a backfill of a list that is out of order', () => {
  it.each(BOTH.flatMap((vendor) => (['oldest', 'by-id'] as const).map((order) => [vendor, order] as const)))(
    'is done after two readings where it stands still: %s, %s',
    async (vendor, listOrder) => {
      const switches = { orderDrawn: false, listOrder };
      const bench = await shuffled({ vendor, switches });
      const pages = pagesOf(bench);
      expect([(await run(bench)).done, told(bench)]).toEqual([true, OLD]);
      expect(pages.asked).toBeLessThan(40);
    },
  );

  it('is not done where new threads show up in every reading, and ends all the same', async () => {
    const bench = await shuffled({ vendor: 'coldsend' });
    bench.switches.onListPage = () => {
      const thread = bench.world.addThread({
        campaignId: null,
        leadEmail: `late${bench.world.threads.size}@customer.example`,
        leadName: 'Late',
      });
      bench.world.addMessage(thread.id, { direction: 'inbound', sentAt: START - 1, text: 'An old reply, shown late.' });
    };
    const pages = pagesOf(bench);
    expect((await run(bench)).done).toBe(false);
    expect(pages.asked).toBeLessThan(3_000);
  });

  it('is not done where it shows its first page for ever', async () => {
    const bench = await shuffled({
      vendor: 'coldsend',
      switches: { orderDrawn: false, listOrder: 'by-id', coldsendPageRows: 20 },
    });
    let first = '';
    bench.vendor.answers = ({ url }, answer) => {
      if (!bench.of.lists.test(url)) return answer;
      first ||= answer.body;
      return { ...answer, body: first };
    };
    expect([(await run(bench)).done, told(bench)]).toEqual([false, 20]);
  });
});

it.each(BOTH)('a backfill of a list in order keeps nothing of the threads that it met: %s', async (vendor) => {
  const bench = await shuffled({ vendor, switches: { orderDrawn: false } });
  await run(bench);
  expect(metIn(bench).all).toBe(0);
});
