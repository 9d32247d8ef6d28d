import { describe, expect, it } from 'vitest';
import { createPoller } from '../../shared/polling/poller.ts';
import { HttpFault, type HttpRequest, type HttpResponse } from '../../shared/ports.ts';
import { Bench, type BenchOptions, DAY, HOUR, MINUTE } from './harness.ts';

const bench = (options: Partial<BenchOptions> = {}) => new Bench({ createPoller }, { vendor: 'coldsend', ...options });

type Fields = Record<string, unknown>;
type Answering = (good: HttpResponse) => HttpResponse;

const isDetails = ({ url }: HttpRequest) => /\/replies\/threads\/[^/?]+$/.test(url);
const isCampaigns = ({ url }: HttpRequest) => /\/campaigns\?/.test(url);
const isList = ({ url }: HttpRequest) => /\/replies\?/.test(url);

const status =
  (code: number): Answering =>
  (good) => ({ ...good, status: code, body: '{"detail":"no"}' });

const FAILURES: readonly (readonly [name: string, answering: Answering])[] = [
  ['500', status(500)],
  ['403', status(403)],
  ['401', status(401)],
  ['400', status(400)],
  ['429', status(429)],
  [
    'nothing in time',
    () => {
      throw new HttpFault('timeout', true);
    },
  ],
  ['no JSON', (good) => ({ ...good, body: '<html>' })],
  ['no thread', (good) => ({ ...good, body: '{}' })],
];

/** A workspace whose details fail in this way, those of every thread or of every second. */
async function failing(answering: Answering, of = bench(), isFailing = isDetails) {
  of.oldLeads(40, { from: 5 * DAY });
  await of.pollWell();
  of.onAnswer = (request, good) => (isFailing(request) ? answering(good) : good);
  return of;
}

describe.each(FAILURES)('a ColdSend thread whose details answer %s for ever', (_, answering) => {
  it('has its replies told all the same, late by hours at the most', async () => {
    const of = await failing(answering);
    const ids = [of.reply(of.lead()), of.reply(of.lead()), of.reply(of.lead())];
    await of.pollFor(12 * HOUR);
    of.assertReceived(ids, 'replies were lost for details that cannot be read');
    expect(of.types()).not.toContain('reply.unreadable');
  });

  it('has those of the thread that come later told at once', async () => {
    const of = await failing(answering);
    const thread = of.lead();
    const first = of.reply(thread);
    await of.pollFor(12 * HOUR);
    const second = of.reply(thread);
    await of.pollFor(3 * MINUTE);
    of.assertReceived([first, second], 'a later reply waited for details too');
  });
});

describe('a ColdSend thread whose details fail', () => {
  it('is told with them where they come within the hour', async () => {
    const of = bench();
    of.campaigns = [of.campaign];
    of.restart();
    await failing(status(500), of, (request) => isDetails(request) || isCampaigns(request));
    const id = of.reply(of.lead());
    await of.pollFor(40 * MINUTE);
    of.assertReceived([], 'recorded without knowing the campaign');
    of.onAnswer = undefined;
    await of.pollFor(40 * MINUTE);
    of.assertReceived([id], 'details that were back were not read');
    expect(of.types()).toEqual(['reply.received']);
  });

  it('is told where the config names the campaign that its row names, and no other is', async () => {
    const of = bench();
    of.campaigns = [of.campaign];
    const other = of.world.addCampaign({ vendor: 'coldsend', name: 'Another' }).id;
    of.restart();
    await failing(status(500), of);
    of.reply(of.lead({ campaignId: other }));
    const id = of.reply(of.lead());
    await of.pollFor(3 * HOUR);
    of.assertReceived([id], 'the campaign was not found by the name in the row');
  });

  it('is told to be unreadable, once, where the config names campaigns and nothing else names its own; and told when they come', async () => {
    const of = bench();
    of.campaigns = [of.campaign];
    of.restart();
    await failing(status(500), of, (request) => isDetails(request));
    const fail = of.onAnswer;
    of.onAnswer = (request, good) => {
      if (!isList(request)) return fail?.(request, good) ?? good;
      const body = JSON.parse(good.body) as { readonly conversations: Fields[] };
      for (const row of body.conversations) row.campaign_name = undefined;
      return { ...good, body: JSON.stringify(body) };
    };
    const id = of.reply(of.lead());
    await of.pollFor(12 * HOUR);
    expect(of.types()).toEqual(['reply.unreadable']);
    of.onAnswer = undefined;
    await of.pollFor(7 * HOUR);
    of.assertReceived([id], 'a thread whose details failed for hours was passed over');
  });
});

describe('a hundred new ColdSend threads at ten calls a minute', () => {
  it.each([true, false])(
    'are told within 50 minutes, and hardly a call is thrown away (calls counted for us: %s)',
    async (counted) => {
      const of = bench({ limits: { pageRows: 100 } });
      of.oldLeads(20, { from: 5 * DAY });
      await of.pollWell();
      await of.pollFor(2 * MINUTE);
      let answered = 0;
      let minute = { endsAt: 0, calls: 0 };
      of.onAnswer = (_, good) => {
        if (of.now >= minute.endsAt) minute = { endsAt: of.now + MINUTE, calls: 0 };
        minute.calls += 1;
        const left = Math.max(0, 10 - minute.calls);
        const reset = String(Math.ceil(minute.endsAt / 1000));
        const headers = counted ? { 'x-ratelimit-remaining': String(left), 'x-ratelimit-reset': reset } : {};
        if (minute.calls > 10) {
          const wait = String(Math.ceil((minute.endsAt - of.now) / 1000));
          return { status: 429, headers: { ...headers, 'retry-after': wait }, body: '{"detail":"slow down"}' };
        }
        answered += 1;
        return { ...good, headers: { ...good.headers, ...headers } };
      };
      const ids = Array.from({ length: 100 }, () => of.reply(of.lead()));
      await of.pollFor(50 * MINUTE);
      of.assertReceived(ids, 'openings did not come through');
      // Two for each thread, and two for the lists of each poll.
      expect(answered).toBeLessThan(1.6 * (2 * 100 + 2 * 50));
    },
  );
});
