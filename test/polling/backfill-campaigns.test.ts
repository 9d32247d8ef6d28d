import { describe, expect, it } from 'vitest';
import { createPoller } from '../../shared/polling/poller.ts';
import type { HttpRequest, HttpResponse } from '../../shared/ports.ts';
import { Bench, DAY, HOUR, MINUTE } from './harness.ts';

const OLD = 30;

/** Three campaigns of old replies, and a config that asks for them. */
function bench() {
  const of = new Bench({ createPoller }, { vendor: 'cohesive' });
  of.backfill = 'all';
  of.restart();
  const campaigns = [of.campaign, of.world.addCampaign({ vendor: 'cohesive' }).id];
  campaigns.push(of.world.addCampaign({ vendor: 'cohesive' }).id);
  const old = campaigns.map((campaignId) =>
    Array.from({ length: OLD }, (_, index) =>
      of.reply(of.lead({ campaignId }), { sentAt: of.now - (index + 5) * HOUR }),
    ),
  );
  const isDone = () => of.written.some(({ partition, value }) => partition === 'CONNECTIONS' && 'backfilled' in value);
  return { of, campaigns, old, isDone };
}

const isList = ({ url }: HttpRequest) => url.endsWith('/campaigns');
const without = (good: HttpResponse, id: string): HttpResponse => ({
  ...good,
  body: JSON.stringify(JSON.parse(good.body).filter((campaign: { readonly id: string }) => campaign.id !== id)),
});
const isOf = ({ url }: HttpRequest, id = '') => url.includes(`/${id}/`);

describe("the config's backfill of several campaigns", () => {
  it('is not done by a list of campaigns that is empty for a while', async () => {
    const { of, old, isDone } = bench();
    await of.poll();
    of.onAnswer = (request, good) => (isList(request) ? { ...good, body: '[]' } : good);
    await of.pollFor(2 * MINUTE);
    expect(isDone()).toBe(false);
    of.restart();
    await of.pollFor(20 * MINUTE);
    expect(isDone()).toBe(false);
    of.onAnswer = undefined;
    await of.pollFor(20 * MINUTE);
    of.assertReceived(old.flat(), 'old replies were forgotten');
    expect(isDone()).toBe(true);
  });

  it('is not begun and done while the first list of campaigns is empty', async () => {
    const { of, old } = bench();
    of.onAnswer = (request, good) => (isList(request) ? { ...good, body: '[]' } : good);
    await of.pollFor(10 * MINUTE);
    of.onAnswer = undefined;
    await of.pollFor(30 * MINUTE);
    of.assertReceived(old.flat(), 'old replies were forgotten');
  });

  it('goes on with a campaign that is missing from the list, and read all the same', async () => {
    const { of, campaigns, old } = bench();
    await of.poll();
    of.onAnswer = (request, good) => (isList(request) ? without(good, campaigns[2] ?? '') : good);
    of.restart();
    await of.pollFor(30 * MINUTE);
    of.assertReceived(old.flat(), 'a campaign that is not listed was forgotten');
  });

  it.each(['is readable', 'fails'])(
    'waits for a campaign that is not listed while it is begun, and %s',
    async (how) => {
      const { of, campaigns, old, isDone } = bench();
      of.backfill = undefined;
      of.restart();
      await of.poll();
      of.backfill = 'all';
      of.onAnswer = (request, good) => {
        if (isList(request)) return without(good, campaigns[2] ?? '');
        return how === 'fails' && isOf(request, campaigns[2]) ? { ...good, status: 500, body: '{}' } : good;
      };
      of.restart();
      await of.pollFor(HOUR);
      expect(isDone()).toBe(how === 'is readable');
      of.onAnswer = undefined;
      of.restart();
      await of.pollFor(2 * HOUR);
      of.assertReceived(old.flat(), 'a campaign that was not listed was left out');
      expect(isDone()).toBe(true);
    },
  );

  it('waits for a campaign that is neither listed nor readable, and goes on when it comes back', async () => {
    const { of, campaigns, old, isDone } = bench();
    await of.poll();
    of.onAnswer = (request, good) => {
      if (isList(request)) return without(good, campaigns[2] ?? '');
      return isOf(request, campaigns[2]) ? { ...good, status: 500, body: '{}' } : good;
    };
    of.restart();
    await of.pollFor(5 * HOUR);
    expect(isDone()).toBe(false);
    of.onAnswer = undefined;
    of.restart();
    await of.pollFor(2 * HOUR);
    of.assertReceived(old.flat(), 'a campaign that came back was forgotten');
    expect(isDone()).toBe(true);
  });

  it.each([
    ['not listed and not known to the vendor for hours', 404, 4 * HOUR],
    ['not listed and not readable for a week', 500, 8 * DAY],
  ])('is done without a campaign that is %s', async (_, status, ms) => {
    const { of, campaigns, old, isDone } = bench();
    await of.poll();
    of.onAnswer = (request, good) => {
      if (isList(request)) return without(good, campaigns[2] ?? '');
      return isOf(request, campaigns[2]) ? { ...good, status, body: '{}' } : good;
    };
    of.restart();
    for (const end = of.now + ms; of.now < end; of.now += ms / 40) await of.poll();
    of.assertReceived([...(old[0] ?? []), ...(old[1] ?? [])], 'other campaigns were forgotten');
    expect(isDone()).toBe(true);
  });

  it('waits for a campaign that is gone for minutes', async () => {
    const { of, campaigns, old, isDone } = bench();
    await of.poll();
    of.onAnswer = (request, good) => {
      if (isList(request)) return without(good, campaigns[2] ?? '');
      return isOf(request, campaigns[2]) ? { ...good, status: 404, body: '{}' } : good;
    };
    of.restart();
    await of.pollFor(20 * MINUTE);
    expect(isDone()).toBe(false);
    of.onAnswer = undefined;
    await of.pollFor(3 * HOUR);
    of.assertReceived(old.flat(), 'a campaign that was gone for minutes was given up');
    expect(isDone()).toBe(true);
  });

  it('believes no 404 while the whole list of campaigns is empty', async () => {
    const { of, old, isDone } = bench();
    await of.poll();
    of.onAnswer = (request, good) =>
      isList(request) ? { ...good, body: '[]' } : { ...good, status: 404, body: '{"error":"no such campaign"}' };
    await of.pollFor(3 * HOUR);
    expect(isDone()).toBe(false);
    of.onAnswer = undefined;
    await of.pollFor(3 * HOUR);
    of.assertReceived(old.flat(), 'campaigns were given up for a wrong answer');
  });

  it.each([403, 404, 429, 500])('passes over a campaign that answers %d for ever', async (status) => {
    const { of, campaigns, old, isDone } = bench();
    await of.poll();
    const headers = status === 429 ? { 'retry-after': '600' } : {};
    of.onAnswer = (request, good) => (isOf(request, campaigns[0]) ? { ...good, status, body: '{}', headers } : good);
    await of.pollFor(HOUR);
    const received = of.received();
    for (const id of [...(old[1] ?? []), ...(old[2] ?? [])]) expect(received).toContain(id);
    expect(isDone()).toBe(false);
    expect(of.types()).not.toContain('connection.unauthorized');
    of.onAnswer = undefined;
    await of.pollFor(3 * HOUR);
    of.assertReceived(old.flat(), 'a campaign that failed was forgotten');
    expect(isDone()).toBe(true);
  });

  it('opens no more threads between two polls than of one campaign', async () => {
    const { of } = bench();
    await of.poll();
    let opened = 0;
    of.onRequest = ({ url }) => {
      if (url.includes('/conversation')) opened += 1;
    };
    await of.poll();
    expect(opened).toBeLessThanOrEqual(20);
  });
});
