import { describe, expect, it } from 'vitest';
import { troubleViews } from '../../shared/api/troubles.ts';
import { createPoller } from '../../shared/polling/poller.ts';
import { HttpFault, type HttpRequest, type HttpResponse } from '../../shared/ports.ts';
import { Bench, HOUR, MINUTE } from './harness.ts';

type Answer = (good: HttpResponse) => HttpResponse;

const status =
  (code: number, body = '{"error":"no"}'): Answer =>
  ({ headers }) => ({ status: code, headers, body });

const hangs: Answer = () => {
  throw new HttpFault('timeout', true);
};

const VENDORS_THAT_OPEN = ['cohesive', 'coldsend'];

const isList = ({ url }: HttpRequest): boolean => /\/inbox\/replies|\/replies\?/.test(url);
const isCampaigns = ({ url }: HttpRequest): boolean => /\/campaigns/.test(url);
const isAny = (): boolean => true;

/** Old replies; then half an hour in which the vendor fails so from the first contact on, with replies in it. */
async function failingAtFirst(vendor: string, answer: Answer, where: (request: HttpRequest) => boolean) {
  const of = new Bench({ createPoller }, { vendor });
  of.oldLeads(20);
  of.onAnswer = (request, good) => (where(request) ? answer(good) : good);
  await of.poll();
  const ids: string[] = [];
  for (let count = 0; count < 6; count += 1) {
    await of.pollFor(4 * MINUTE);
    ids.push(of.reply(of.lead()));
  }
  const said = (await troubleViews(of.store, 'bench', of.now)).map(({ detail }) => detail);
  await of.pollFor(6 * MINUTE);
  of.onAnswer = undefined;
  await of.pollFor(HOUR + MINUTE);
  return { of, ids, said };
}

const ANSWERS = [500, 502, 503, 404, 400, 429];
const CASES = VENDORS_THAT_OPEN.flatMap((vendor) => ANSWERS.map((code) => [vendor, code] as const));

describe('a connection whose vendor fails at the first contact', () => {
  it.each(CASES)('is on from its first answer: %s, lists with %i', async (vendor, code) => {
    const { of, ids } = await failingAtFirst(vendor, status(code), isList);
    of.assertReceived(ids, 'what came while the lists failed was lost, or old mail was told');
  });

  it.each(CASES)('is on from its first answer: %s, all calls with %i', async (vendor, code) => {
    const { of, ids } = await failingAtFirst(vendor, status(code), isAny);
    of.assertReceived(ids, 'what came while all failed was lost, or old mail was told');
  });

  it('is on from its first answer though no list answers in time', async () => {
    const { of, ids } = await failingAtFirst('cohesive', hangs, isList);
    of.assertReceived(ids, 'what came while the lists hung was lost, or old mail was told');
  });

  it('is on from its first answer where its list of campaigns alone fails', async () => {
    const { of, ids } = await failingAtFirst('cohesive', status(500), isCampaigns);
    of.assertReceived(ids, 'what came while the list of campaigns failed was lost, or old mail was told');
  });

  it.each(VENDORS_THAT_OPEN)('is not on before anything answers: %s', async (vendor) => {
    const { of } = await failingAtFirst(vendor, hangs, isAny);
    of.assertReceived([], 'mail of before the first answer was told');
  });

  it.each(VENDORS_THAT_OPEN)('is not on while its key is refused: %s', async (vendor) => {
    const { of } = await failingAtFirst(vendor, status(401), isAny);
    of.assertReceived([], 'mail of before the key was accepted was told');
  });

  it.each([
    ['coldsend', 500],
    ['coldsend', 401],
    ['cohesive', 500],
    ['cohesive', 401],
  ] as const)('is said to fail with its inbox, not its campaigns: %s, %i', async (vendor, code) => {
    const { said } = await failingAtFirst(vendor, status(code), isList);
    expect(said).toHaveLength(1);
    expect(said[0]).not.toContain('the list of campaigns');
  });

  it.each(VENDORS_THAT_OPEN)(
    'is said to fail with its inbox where that does not answer in time: %s',
    async (vendor) => {
      const { said } = await failingAtFirst(vendor, hangs, isList);
      expect(said).toHaveLength(1);
      expect(said[0]).not.toContain('the list of campaigns');
    },
  );
});

describe('an empty inbox that reads like an error', () => {
  const EMPTY: readonly (readonly [shape: string, answer: Answer])[] = [
    ['{}', status(200, '{}')],
    ['success', status(200, '{"success":true}')],
    ['a message', status(200, '{"message":"No replies yet"}')],
    ['404', status(404, '{"error":"No replies found"}')],
  ];
  it.each(VENDORS_THAT_OPEN.flatMap((vendor) => EMPTY.map(([shape, answer]) => [vendor, shape, answer] as const)))(
    'loses no first reply: %s, %s',
    async (vendor, _, answer) => {
      const of = new Bench({ createPoller }, { vendor });
      of.onAnswer = (request, good) => (isList(request) ? answer(good) : good);
      await of.pollFor(10 * MINUTE);
      const id = of.reply(of.lead());
      of.onAnswer = undefined;
      await of.pollFor(61 * MINUTE);
      of.assertReceived([id], 'the first reply of an account was lost');
    },
  );
});

describe('a config that names another campaign while no list can be read', () => {
  it('has what comes there told from the first answer on', async () => {
    const of = new Bench({ createPoller }, { vendor: 'cohesive' });
    const other = of.world.addCampaign({ vendor: 'cohesive' }).id;
    of.campaigns = [of.campaign];
    of.restart();
    await of.pollWell();
    await of.pollFor(HOUR);
    of.reply(of.lead({ campaignId: other }));
    await of.pollFor(2 * HOUR);
    of.onAnswer = (request, good) => (isList(request) ? status(500)(good) : good);
    of.campaigns = ['*'];
    of.restart();
    await of.pollFor(10 * MINUTE);
    const id = of.reply(of.lead({ campaignId: other }));
    await of.pollFor(10 * MINUTE);
    of.onAnswer = undefined;
    await of.pollFor(61 * MINUTE);
    of.assertReceived([id], 'a reply in an added campaign was lost, or an old one told');
  });
});
