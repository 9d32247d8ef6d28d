import { describe, expect, it } from 'vitest';
import { createPoller } from '../../shared/polling/poller.ts';
import type { HttpRequest, HttpResponse } from '../../shared/ports.ts';
import { VENDORS } from '../vendors/index.ts';
import type { Row, TestVendor } from '../vendors/test-vendor.ts';
import { Bench, DAY, HOUR, LATE_WINDOW, MINUTE, SECOND } from './harness.ts';
import { timed, timeOf } from './row-times.ts';

/** Rows of lists whose time no one can read: of one lead, or of all. */
const withoutTimes =
  ({ lists, withRows, withoutTime }: TestVendor, lead?: string) =>
  ({ url }: HttpRequest, answer: HttpResponse) => {
    if (!lists.test(url)) return answer;
    const isMeant = (row: Row) => lead === undefined || Object.values(row).includes(lead);
    const change = (rows: readonly Row[]) => rows.map((row) => (isMeant(row) && withoutTime ? withoutTime(row) : row));
    return { ...answer, body: withRows(answer.body, change) };
  };

for (const { provider } of VENDORS.filter(({ withoutTime }) => withoutTime)) {
  const vendor = provider.id;
  it(`${vendor}: a late reply is told when no more can be late, in a thread whose row has its neighbour's time`, async () => {
    const of = new Bench({ createPoller }, { vendor });
    of.oldLeads(40);
    const thread = of.lead();
    of.onAnswer = withoutTimes(of.vendor, thread.leadEmail);
    await of.pollFor(10 * MINUTE);
    const late = of.reply(thread, { sentAt: of.now - MINUTE, visibleAt: of.now + 50 * MINUTE });
    const seen = of.reply(thread);
    await of.pollFor(LATE_WINDOW + 2 * MINUTE);
    of.assertReceived([seen, late], 'a thread was looked at again by the time of another');
  });

  it.each(['one row', 'all rows'])(
    `${vendor}: %s without a time that can be read: new replies are told, old ones not`,
    async (which) => {
      const of = new Bench({ createPoller }, { vendor });
      of.oldLeads(40);
      const thread = of.lead();
      of.reply(thread, { sentAt: of.now - 90 * 24 * HOUR });
      of.onAnswer = withoutTimes(of.vendor, which === 'one row' ? thread.leadEmail : undefined);
      await of.pollFor(10 * MINUTE);
      expect(of.types()).toEqual([]);
      const ids: string[] = [];
      for (let round = 0; round < 3; round += 1) {
        ids.push(of.reply(thread, { text: `Reply ${round}` }), of.reply(of.lead()));
        await of.pollFor(10 * MINUTE);
      }
      of.assertReceived(ids, 'a row without a time hid its replies');
      expect(of.types()).not.toContain('reply.unreadable');
      const calls = of.counts.http;
      await of.pollFor(3 * HOUR);
      expect((of.counts.http - calls) / 180).toBeLessThan(2.7);
      of.assertReceived(ids, 'a row without a time told its replies again');
    },
  );
}

describe.each(['coldsend', 'cohesive'])('%s', (vendor) => {
  it.each([
    ['times of another zone, named', { isoTimes: 'offset', isoZoneMinutes: 330 }],
    ['times of a zone behind, not named', { isoTimes: 'zoneless', isoZoneMinutes: -300 }],
    ['times of a zone ahead, not named', { isoTimes: 'zoneless', isoZoneMinutes: 330 }],
    ['no Date', { dateHeader: false }],
    ['a Date that is 5 hours behind now and then', { dateSkewMs: -5 * HOUR }],
  ] as const)('tells first, second and third replies under %s', async (_, switches) => {
    const of = new Bench({ createPoller }, { vendor, switches });
    await of.pollWell();
    await of.pollFor(12 * HOUR);
    const threads = Array.from({ length: 5 }, () => of.lead());
    const ids: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      of.switches.dateSkewMs = 0;
      for (const thread of threads) ids.push(of.reply(thread));
      await of.pollFor(20 * MINUTE);
      Object.assign(of.switches, switches);
      await of.pollFor(20 * MINUTE);
    }
    of.assertReceived(ids, 'replies went by a clock');
  });
});

/** Times of a zone that is not named: hours ahead of the vendor's clock. */
const AHEAD = { isoTimes: 'zoneless', isoZoneMinutes: 330 } as const;

/** Leads who wrote over the last hours, one each few minutes, until a moment ago; every third one is interested. */
function writtenUntilNow(of: Bench, count: number, stepMs: number): void {
  for (let index = 0; index < count; index += 1) {
    const thread = of.lead(index % 3 === 0 ? { intent: 'interested' } : {});
    of.reply(thread, { sentAt: of.now - (count - index) * stepMs + 1 });
  }
}

describe.each(['coldsend', 'cohesive'])('%s, whose times are hours ahead when it is switched on', (vendor) => {
  it.each([
    ['a reply a minute', 500, MINUTE],
    ['a reply an hour', 20, HOUR],
    ['one reply for hours', 1, 20 * MINUTE],
  ])('tells nothing old of %s, and everything new', async (_, count, stepMs) => {
    const of = new Bench({ createPoller }, { vendor, switches: AHEAD });
    writtenUntilNow(of, count, stepMs);
    await of.poll();
    of.now += 10 * MINUTE;
    const ids = [of.reply(of.lead({ intent: 'interested' }))];
    await of.pollFor(30 * MINUTE);
    ids.push(of.reply(of.lead({ intent: 'interested' })));
    await of.pollFor(8 * HOUR);
    of.assertReceived(ids, 'old mail was told, or new mail was not');
    of.assertInterested(ids, 'old labels were told, or new ones were not');
  });
});

describe.each(VENDORS.map(({ provider }) => provider.id))('%s, whose times are right', (vendor) => {
  it.each([
    ['of different ages', [3 * HOUR, 5 * HOUR + 7 * MINUTE, 4 * HOUR]],
    ['two of one age', [5 * HOUR, 5 * HOUR]],
  ])('tells nothing of threads %s that come back to the list', async (_, ages) => {
    const of = new Bench({ createPoller }, { vendor });
    of.oldLeads(10, { from: DAY });
    // Each is newer than the one before, and than all that is listed.
    const threads = ages.map((age, index) => {
      const thread = of.lead({ intent: 'interested' });
      of.reply(thread, { sentAt: of.now - age + index * 30 * MINUTE });
      of.world.archive(thread.id);
      return thread;
    });
    await of.pollWell();
    for (const { id } of threads) {
      await of.pollFor(30 * MINUTE);
      of.world.restore(id);
    }
    await of.pollFor(DAY);
    of.assertReceived([], 'mail from before switching on was told');
  });
});

/** Polls a vendor whose rows alone have times of so long before those of their messages, 25 to a page. */
function withRowsBehind(vendor: string, ms: number): Bench {
  const of = new Bench({ createPoller }, { vendor, limits: { pageRows: 25 }, switches: { cohesivePageSize: 25 } });
  const change = (rows: readonly Row[]) => rows.map((row) => timed(row, timeOf(row) - ms));
  of.onAnswer = ({ url }, answer) =>
    of.vendor.lists.test(url) ? { ...answer, body: of.vendor.withRows(answer.body, change) } : answer;
  return of;
}

describe.each(['coldsend', 'cohesive'])('%s, whose rows are behind their messages', (vendor) => {
  it.each([
    [3, 20 * MINUTE],
    [3, 2 * HOUR],
    [8, 20 * MINUTE],
    [8, 7 * HOUR],
  ])('tells a burst of more than a page within %i hours of switching on, after %i ms', async (hours, quietMs) => {
    const of = withRowsBehind(vendor, hours * HOUR);
    of.oldLeads(40, { from: 10 * MINUTE });
    await of.pollWell();
    await of.pollFor(quietMs);
    const ids = Array.from({ length: 60 }, () => {
      of.now += SECOND;
      return of.reply(of.lead());
    });
    await of.pollFor(10 * MINUTE);
    of.assertReceived(ids, 'a burst was lost below the first page');
    await of.pollFor(DAY + HOUR);
    of.assertReceived(ids, 'old mail was told');
  });

  it.each([3, 8])('tells of a thread that is answered nothing from before switching on: %i hours', async (hours) => {
    const of = withRowsBehind(vendor, hours * HOUR);
    of.oldLeads(10, { from: 0, step: 10 * MINUTE, intent: 'interested' });
    await of.pollWell();
    await of.pollFor(10 * MINUTE);
    const ids = [...of.world.threads.values()].map((thread) => of.reply(thread));
    await of.pollFor(2 * HOUR);
    of.assertReceived(ids, 'old mail was told with an answer');
    of.assertInterested(ids, 'old labels were told with an answer');
  });
});
