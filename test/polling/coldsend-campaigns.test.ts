import { describe, expect, it } from 'vitest';
import { createPoller } from '../../shared/polling/poller.ts';
import type { HttpRequest, HttpResponse } from '../../shared/ports.ts';
import { Bench, HOUR, MINUTE } from './harness.ts';

type Fields = Record<string, unknown>;

const isDetails = ({ url }: HttpRequest) => /\/replies\/threads\/[^/?]+$/.test(url);
const isCampaigns = ({ url }: HttpRequest) => /\/campaigns\?/.test(url);
const changed = (good: HttpResponse, change: (fields: Fields) => void): HttpResponse => {
  const body = JSON.parse(good.body);
  change(body);
  return { ...good, body: JSON.stringify(body) };
};
const unnamed = (fields: Fields) => {
  fields.campaign_id = undefined;
  fields.campaign_name = undefined;
};
const rowsUnnamed = (good: HttpResponse) =>
  changed(good, ({ conversations }) => {
    for (const row of conversations as Fields[]) unnamed(row);
  });

/** A config that names one of two campaigns. */
async function bench() {
  const of = new Bench({ createPoller }, { vendor: 'coldsend' });
  of.campaigns = [of.campaign];
  const other = of.world.addCampaign({ vendor: 'coldsend', name: 'Another' }).id;
  of.restart();
  await of.pollWell();
  const write = () => {
    of.reply(of.lead({ campaignId: other }));
    of.reply(of.lead({ campaignId: null }));
    return of.reply(of.lead());
  };
  return { of, write };
}

describe('a ColdSend config that names a campaign', () => {
  it('is told of it where the details name it by its name alone', async () => {
    const { of, write } = await bench();
    of.onAnswer = (request, good) =>
      isDetails(request)
        ? changed(good, (fields) => {
            fields.campaign_id = null;
          })
        : good;
    const id = write();
    await of.pollFor(2 * MINUTE);
    of.assertReceived([id], 'the campaign was not found by its name');
  });

  it('is told of it where only the rows name it', async () => {
    const { of, write } = await bench();
    of.onAnswer = (request, good) => (isDetails(request) ? changed(good, unnamed) : good);
    const id = write();
    await of.pollFor(2 * MINUTE);
    expect(of.received()).toContain(id);
    of.assertReceived([id], 'the campaign was not found by the name in the row');
  });

  it('is told of it once the details are there that were not', async () => {
    const { of, write } = await bench();
    of.onAnswer = (request, good) =>
      isDetails(request) || isCampaigns(request) ? { ...good, status: 404, body: '{"detail":"no"}' } : good;
    const id = write();
    await of.pollFor(5 * MINUTE);
    of.assertReceived([], 'recorded without knowing the campaign');
    of.onAnswer = undefined;
    await of.pollFor(HOUR);
    of.assertReceived([id], 'a thread whose details were gone for once was passed over');
  });

  it.each([
    ['by its name, which the key may not look up', (_: HttpRequest, good: HttpResponse) => good],
    [
      'in no way',
      (request: HttpRequest, good: HttpResponse) => (/\/replies\?/.test(request.url) ? rowsUnnamed(good) : good),
    ],
  ])('is told that it cannot be told where the vendor names it %s', async (_, rows) => {
    const { of } = await bench();
    of.onAnswer = (request, good) => {
      if (isDetails(request)) return changed(good, unnamed);
      return isCampaigns(request) ? { ...good, status: 403, body: '{"detail":"no"}' } : rows(request, good);
    };
    of.reply(of.lead());
    of.now += MINUTE;
    await of.poll();
    of.assertReceived([], 'recorded without knowing the campaign');
    expect(of.types()).toContain('reply.unreadable');
  });

  it('asks for the list of campaigns no more often than every ten minutes', async () => {
    const { of } = await bench();
    let asked = 0;
    of.onAnswer = (request, good) => {
      if (isDetails(request))
        return changed(good, (fields) => Object.assign(fields, { campaign_id: null, campaign_name: 'Gone' }));
      if (isCampaigns(request)) asked += 1;
      return good;
    };
    for (let count = 0; count < 30; count += 1) {
      of.reply(of.lead());
      await of.pollFor(MINUTE);
    }
    expect(asked).toBeLessThanOrEqual(4);
  });
});
