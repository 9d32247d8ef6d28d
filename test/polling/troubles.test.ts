import { describe, expect, it } from 'vitest';
import { troubleViews } from '../../shared/api/troubles.ts';
import { createPoller } from '../../shared/polling/poller.ts';
import { HttpFault, type HttpResponse } from '../../shared/ports.ts';
import { Bench, HOUR, MINUTE } from './harness.ts';

type Answer = (good: HttpResponse) => HttpResponse;

const answer =
  (status: number, body = '{"error":"no"}', headers: Readonly<Record<string, string>> = {}): Answer =>
  () => ({ status, headers, body });

/** Two campaigns, the second of which answers so from now on; what is said of it after some polls. */
async function saidOf(failure: Answer, where: (url: string) => boolean = () => true) {
  const of = new Bench({ createPoller }, { vendor: 'cohesive' });
  const { id, name } = of.world.addCampaign({ vendor: 'cohesive', name: 'Q1 \u202e<b>Launch</b>\n' });
  const thread = of.lead({ campaignId: id });
  of.reply(thread, { sentAt: of.now - 5 * HOUR });
  await of.pollWell();
  of.onAnswer = ({ url }, good) => (url.includes(`/${id}/`) && where(url) ? failure(good) : good);
  const said = async () => await troubleViews(of.store, 'bench', of.now);
  return { of, id, name, thread, said };
}

const FAILURES: readonly (readonly [name: string, answer: Answer, said: RegExp])[] = [
  [
    '401',
    answer(401),
    /: Cohesive refuses the key there \(HTTP 401\); .*check that the key is valid and may read it\.$/,
  ],
  [
    '403',
    answer(403),
    /: Cohesive refuses the key there \(HTTP 403\); .*check that the key is valid and may read it\.$/,
  ],
  ['404', answer(404), /: Cohesive does not know it \(HTTP 404\); .*if it was deleted, take it out of "campaigns"\.$/],
  [
    '429',
    answer(429, '{}', { 'retry-after': '120' }),
    /asks us to wait 120 s.*nothing is to be done unless that lasts/,
  ],
  ['500', answer(500), /\(HTTP 500\).*nothing is to be done unless that lasts/],
  ['bad JSON', answer(200, '<html>'), /the answer is not JSON.*update Replybus/],
  ['another shape', answer(200, '{"rows":{}}'), /in a form we cannot read.*update Replybus/],
  [
    'no answer in time',
    () => {
      throw new HttpFault('timeout', true);
    },
    /\(timeout\).*nothing is to be done unless that lasts/,
  ],
];

describe('a campaign that fails', () => {
  it.each(FAILURES)(
    'is named, with the answer, since when, when it is tried again, what to do: %s',
    async (_, failure, words) => {
      const { of, id, said } = await saidOf(failure);
      await of.pollFor(10 * MINUTE);
      const troubles = (await said()).filter(({ what }) => what === 'replies');
      expect(troubles).toMatchObject([
        { feed: id, name: 'Q1 <b>Launch</b>', since: expect.stringContaining('2026-01-05T08:01:0') },
      ]);
      const [{ detail = '', nextAt = '' } = {}] = troubles;
      expect(Date.parse(nextAt)).toBeGreaterThan(of.now - MINUTE);
      expect(detail).toMatch(words);
      expect(detail.startsWith(`Nothing can be read of "Q1 <b>Launch</b>" (${id}) since 2026-01-05 08:01 UTC: `)).toBe(
        true,
      );
      expect(detail).toContain(`it is tried again at ${nextAt.slice(0, 16).replace('T', ' ')} UTC; `);
      // One sentence.
      expect(detail.match(/\. |\.$/g)).toHaveLength(1);
    },
  );

  it('is said no more once it answers', async () => {
    const { of, said } = await saidOf(answer(500));
    await of.pollFor(10 * MINUTE);
    of.onAnswer = undefined;
    await of.pollFor(HOUR);
    expect(await said()).toEqual([]);
  });

  it('is said with when it began after a restart, and no more once it answers', async () => {
    const { of, said } = await saidOf(answer(500));
    await of.pollFor(10 * MINUTE);
    const [before] = await said();
    of.restart();
    await of.pollFor(10 * MINUTE);
    expect((await said()).map(({ since }) => since)).toEqual([before?.since]);
    of.onAnswer = undefined;
    of.restart();
    await of.pollFor(2 * MINUTE);
    expect(await said()).toEqual([]);
  });

  it('is written as often as it is tried, and never by polls of the others', async () => {
    const { of } = await saidOf(answer(500));
    await of.pollFor(5 * HOUR);
    of.written.length = 0;
    await of.pollFor(3 * HOUR);
    expect(of.written.filter(({ partition }) => partition.startsWith('TROUBLES#')).length).toBeLessThanOrEqual(4);
  });
});

describe('an interested list that fails alone', () => {
  it('is named as that', async () => {
    const { of, id, said } = await saidOf(answer(500), (url) => url.includes('isInterested'));
    await of.pollFor(10 * MINUTE);
    expect(await said()).toMatchObject([{ feed: id, what: 'interested' }]);
    const [{ detail = '' } = {}] = await said();
    expect(detail).toMatch(/^The interested list of .* cannot be read, so late labels wait, since .*HTTP 500/);
  });

  it('is said no more once it answers', async () => {
    const { of, said } = await saidOf(answer(500), (url) => url.includes('isInterested'));
    await of.pollFor(10 * MINUTE);
    of.onAnswer = undefined;
    await of.pollFor(HOUR);
    expect(await said()).toEqual([]);
  });
});

describe('a thread that cannot be opened', () => {
  it('is counted under its campaign, until it can', async () => {
    const { of, id, thread, said } = await saidOf(answer(500), (url) => url.includes('/conversation'));
    of.reply(thread);
    await of.pollFor(20 * MINUTE);
    const troubles = await said();
    expect(troubles).toMatchObject([{ feed: id, what: 'threads' }]);
    expect(troubles[0]?.detail).toMatch(/^A thread of "Q1 .* cannot be opened since 2026-01-05 08:01 UTC: .*HTTP 500/);
    of.onAnswer = undefined;
    await of.pollFor(HOUR);
    expect(await said()).toEqual([]);
  });
});

describe('a list of campaigns that fails', () => {
  it('is named as that', async () => {
    const { of, said } = await saidOf(answer(500));
    of.onAnswer = ({ url }, good) => (url.endsWith('/campaigns') ? { ...good, status: 500, body: '{}' } : good);
    await of.pollFor(10 * MINUTE);
    expect(await said()).toMatchObject([{ feed: '*', name: null, what: 'replies' }]);
    of.onAnswer = undefined;
    await of.pollFor(10 * MINUTE);
    expect(await said()).toEqual([]);
  });
});
