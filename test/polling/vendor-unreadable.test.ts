import assert from 'node:assert/strict';
import { describe, expect, it } from 'vitest';
import type { WorldThread } from '../../sandbox/world-model.ts';
import { createPoller } from '../../shared/polling/poller.ts';
import type { HttpRequest, HttpResponse } from '../../shared/ports.ts';
import type { Row } from '../vendors/test-vendor.ts';
import { Bench, DAY, HOUR, MINUTE } from './harness.ts';

const VENDORS_THAT_OPEN = ['cohesive', 'coldsend'];

const unreadableIn = (of: Bench): number => of.types().filter((type) => type === 'reply.unreadable').length;

const isList = ({ url }: HttpRequest): boolean => /\/inbox\/replies|\/replies\?/.test(url);

/** The field without which a row names nobody. */
const LEAD = ['leadEmail', 'lead_email'];

const without = (row: Row): Row => Object.fromEntries(Object.entries(row).filter(([field]) => !LEAD.includes(field)));
const asNull = (row: Row): Row => ({ ...without(row), leadEmail: null, lead_email: null });
const asObject = (row: Row): Row => ({ ...without(row), leadEmail: { a: 1 }, lead_email: { a: 1 } });

const CHANGES = [
  ['is left out', without],
  ['is null', asNull],
  ['is an object', asObject],
] as const;

const ALL = VENDORS_THAT_OPEN.flatMap((vendor) => CHANGES.map(([how, change]) => [vendor, how, change] as const));

/** Rows of the list as they are changed, from now on. */
function changing(of: Bench, change: (row: Row) => Row): void {
  of.onAnswer = (request, good) =>
    isList(request) && good.status === 200
      ? { ...good, body: of.vendor.withRows(good.body, (rows) => rows.map(change)) }
      : good;
}

const isOf = (thread: WorldThread, row: Row): boolean => JSON.stringify(row).includes(thread.leadEmail);

describe.each(ALL)('a list of %s in which the lead of every row %s for half an hour', (vendor, _, change) => {
  async function played() {
    const of = new Bench({ createPoller }, { vendor, limits: { pageRows: 100 } });
    of.oldLeads(300, { step: 10 * MINUTE });
    await of.pollFor(30 * MINUTE);
    changing(of, change);
    const ids: string[] = [];
    for (let count = 0; count < 6; count += 1) {
      ids.push(of.reply(of.lead()));
      await of.pollFor(5 * MINUTE);
    }
    of.onAnswer = undefined;
    await of.pollFor(61 * MINUTE);
    return { of, ids };
  }

  it('is said about once a new row at the most', async () => {
    const { of } = await played();
    expect(unreadableIn(of)).toBeLessThanOrEqual(6);
  });

  it('is said', async () => {
    const { of } = await played();
    expect(unreadableIn(of)).toBeGreaterThan(0);
  });

  it('loses no reply', async () => {
    const { of, ids } = await played();
    of.assertReceived(ids, 'replies of half an hour of unreadable rows were lost, or old ones told');
  });
});

describe.each(VENDORS_THAT_OPEN)('a row of %s that cannot be read', (vendor) => {
  it('is said once where it may be new', async () => {
    const of = new Bench({ createPoller }, { vendor });
    of.oldLeads(30);
    await of.pollFor(30 * MINUTE);
    const thread = of.lead();
    changing(of, (row) => (isOf(thread, row) ? without(row) : row));
    of.reply(thread);
    await of.pollFor(3 * HOUR);
    expect(unreadableIn(of)).toBe(1);
  });

  it('is said once where it was sent before switching on and shown after it', async () => {
    const of = new Bench({ createPoller }, { vendor });
    of.oldLeads(30, { from: DAY });
    await of.pollFor(5 * MINUTE);
    const thread = of.lead();
    changing(of, (row) => (isOf(thread, row) ? without(row) : row));
    of.reply(thread, { sentAt: of.now - 20 * MINUTE });
    await of.pollFor(3 * HOUR);
    expect(unreadableIn(of)).toBe(1);
  });

  it('is passed over in silence where it was there at switching on, though of the last hour', async () => {
    const of = new Bench({ createPoller }, { vendor });
    of.oldLeads(30, { from: DAY });
    const recent = [10, 20, 30].map((minutes) => {
      const thread = of.lead();
      of.reply(thread, { sentAt: of.now - minutes * MINUTE });
      return thread;
    });
    changing(of, (row) => (recent.some((thread) => isOf(thread, row)) ? without(row) : row));
    await of.pollFor(3 * HOUR);
    expect(unreadableIn(of)).toBe(0);
  });

  it('is passed over in silence where the rows above it are old', async () => {
    const of = new Bench({ createPoller }, { vendor });
    const old = of.oldLeads(30, { from: 5 * DAY });
    await of.pollFor(30 * MINUTE);
    const [thread] = old.slice(-5);
    changing(of, (row) => (thread && isOf(thread, row) ? without(row) : row));
    await of.pollFor(2 * DAY);
    expect(unreadableIn(of)).toBe(0);
  });

  it('is passed over in silence where its own time is old, whatever stands above it', async () => {
    const of = new Bench({ createPoller }, { vendor });
    const [thread] = of.oldLeads(30, { from: 5 * DAY }).slice(-1);
    await of.pollFor(30 * MINUTE);
    changing(of, (row) => (thread && isOf(thread, row) ? without(row) : row));
    of.reply(of.lead());
    await of.pollFor(HOUR);
    expect(unreadableIn(of)).toBe(0);
  });

  it.each([1, 30])('is passed over in silence at the baseline, and for ever after (%i of 30)', async (count) => {
    const of = new Bench({ createPoller }, { vendor });
    const old = of.oldLeads(30, { from: 5 * DAY });
    const broken = old.slice(-count);
    changing(of, (row) => (broken.some((thread) => isOf(thread, row)) ? without(row) : row));
    await of.poll();
    await of.run(2 * DAY, 5 * MINUTE);
    expect(unreadableIn(of)).toBe(0);
  });
});

describe.each(VENDORS_THAT_OPEN)('a list of %s of which no row could be read from the start', (vendor) => {
  it.each([20, 300])('says so of a row that comes (beside %i)', async (count) => {
    const of = new Bench({ createPoller }, { vendor, limits: { pageRows: 100 } });
    of.oldLeads(count, { step: 10 * MINUTE });
    changing(of, without);
    await of.pollFor(HOUR);
    of.reply(of.lead());
    await of.pollFor(10 * MINUTE);
    expect(unreadableIn(of)).toBeGreaterThan(0);
    expect(unreadableIn(of)).toBeLessThanOrEqual(2);
  });
});

const answersOf = (of: Bench, threads: readonly WorldThread[], change: (body: string) => string) => {
  of.onAnswer = (request: HttpRequest, good: HttpResponse) =>
    good.status === 200 && of.opens(request, threads) ? { ...good, body: change(good.body) } : good;
};

/** Beside what is there: entries that are no messages. */
function withJunk(body: string): string {
  const answer = JSON.parse(body);
  const junk = [null, 'junk', { odd: 1 }, { odd: 2 }, { odd: 3 }, { odd: 4 }];
  for (const list of ['history', 'messages'])
    if (Array.isArray(answer[list])) {
      answer[list] = [...junk, ...answer[list]];
      if ('total_count' in answer) answer.total_count += junk.length;
    }
  return JSON.stringify(answer);
}

/** Nobody wrote the oldest message. */
function withoutFirstSender(body: string): string {
  const answer = JSON.parse(body);
  const messages = answer.history ?? answer.messages ?? [];
  const whenOf = ({ time, created_at }: Row): number => Date.parse(String(time ?? created_at));
  const [oldest] = [...messages].sort((one, other) => whenOf(one) - whenOf(other));
  if (oldest) for (const field of ['from', 'from_email']) delete oldest[field];
  return JSON.stringify(answer);
}

describe.each(VENDORS_THAT_OPEN)('old threads of %s', (vendor) => {
  it('with junk among their messages are passed over in silence', async () => {
    const of = new Bench({ createPoller }, { vendor });
    const old = of.oldLeads(40, { from: 5 * DAY });
    await of.pollWell();
    answersOf(of, old, withJunk);
    await of.pollFor(3 * DAY);
    expect(unreadableIn(of)).toBe(0);
  });

  it('with junk among their messages are passed over in silence when they are answered', async () => {
    const of = new Bench({ createPoller }, { vendor });
    const old = of.oldLeads(40, { from: 5 * DAY });
    await of.pollWell();
    answersOf(of, old, withJunk);
    for (const thread of old.slice(0, 20)) {
      await of.pollFor(5 * MINUTE);
      of.reply(thread);
    }
    await of.pollFor(3 * DAY);
    expect(of.received()).toHaveLength(20);
    expect(unreadableIn(of)).toBe(0);
  });

  it('of whose only message the sender cannot be read are passed over in silence when they are answered', async () => {
    const of = new Bench({ createPoller }, { vendor });
    const [thread] = of.oldLeads(3, { from: 5 * DAY });
    assert(thread);
    answersOf(of, [thread], withoutFirstSender);
    await of.pollWell();
    await of.pollFor(5 * MINUTE);
    const id = of.reply(thread);
    await of.pollFor(DAY);
    of.assertReceived([id], 'a reply beside a message that cannot be read was lost');
    expect(unreadableIn(of)).toBe(0);
  });

  it('that cannot be read are passed over in silence', async () => {
    const of = new Bench({ createPoller }, { vendor });
    const old = of.oldLeads(40, { from: 5 * DAY });
    await of.pollWell();
    answersOf(of, old, () => '<html>');
    await of.pollFor(5 * DAY);
    expect(unreadableIn(of)).toBe(0);
  });
});

describe.each(VENDORS_THAT_OPEN)('what may be new in threads of %s', (vendor) => {
  it('is said once a thread, where that cannot be read', async () => {
    const of = new Bench({ createPoller }, { vendor });
    await of.pollFor(5 * MINUTE);
    const threads = Array.from({ length: 3 }, () => of.lead());
    answersOf(of, threads, () => '<html>');
    for (const thread of threads) of.reply(thread);
    await of.pollFor(3 * DAY);
    expect(unreadableIn(of)).toBe(3);
  });

  it('is said once, where a new thread holds junk', async () => {
    const of = new Bench({ createPoller }, { vendor });
    await of.pollFor(5 * MINUTE);
    const thread = of.lead();
    answersOf(of, [thread], withJunk);
    of.reply(thread);
    await of.pollFor(3 * DAY);
    expect(unreadableIn(of)).toBeGreaterThan(0);
    expect(unreadableIn(of)).toBeLessThanOrEqual(4);
  });

  it('is said of the first threads alone, where none can be read any more', async () => {
    const of = new Bench({ createPoller }, { vendor });
    await of.pollFor(5 * MINUTE);
    const threads = Array.from({ length: 30 }, () => of.lead());
    answersOf(of, threads, () => '<html>');
    for (const thread of threads) of.reply(thread);
    await of.pollFor(5 * MINUTE);
    expect(unreadableIn(of)).toBe(11);
  });
});
