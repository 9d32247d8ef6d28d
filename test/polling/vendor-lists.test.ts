import { describe, it } from 'vitest';
import { createPoller } from '../../shared/polling/poller.ts';
import { Bench, type BenchOptions, HOUR } from './harness.ts';

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

  it('and does not say so: every new reply is told', async () => {
    const switches = { coldsendPageRows: 30, coldsendSaysLimit: false };
    const of = bench({ vendor: 'coldsend', limits: { pageRows: 100 }, switches });
    await of.pollWell();
    const ids = replies(of, 160);
    await of.pollFor(HOUR);
    of.assertReceived(ids, 'pages were counted in rows that the vendor does not send');
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
