import assert from 'node:assert/strict';
import type { HttpCall } from '../../../lambdas/invocations.ts';
import { Campaign, type Lead } from '../campaign.ts';
import { Deployment, VENDORS } from '../deployment.ts';

const DELIVERIES = 6;

/** One request, as the HTTP API may hand it over again and again. */
const request = ({ vendor, path }: Lead): HttpCall => ({
  method: 'POST',
  path: `${path}/reply`,
  key: `one-${vendor}`,
  body: { text: `Thank you for asking at ${vendor}; shall we talk on Thursday?` },
});

/** A reply through the API: the vendor has the mail once, however often the same event comes. */
export async function aSend(packages: string): Promise<string> {
  const deployment = await Deployment.open(packages);
  try {
    const { outbox } = deployment.world.sandbox.world;
    const campaign = new Campaign(deployment.world.sandbox.world, 1);
    await deployment.apply();
    await deployment.minute();
    for (const vendor of VENDORS) await sendOnce(deployment, campaign.lead(vendor));
    assert.equal(outbox.length, VENDORS.length);
    // The records of the sends come late, twice, and in another order.
    const records = [...deployment.stream.waiting, ...deployment.stream.waiting].reverse();
    assert.ok(records.length >= 2 * VENDORS.length, 'A new send is an insert of the stream.');
    await deployment.stream.hand(records, (event) => deployment.invoke('deliver', event));
    for (let minute = 0; minute < 3; minute += 1) await deployment.minute();
    const answer = await deployment.api({ method: 'GET', path: '/v1/sends' });
    const sends = (answer?.body.items ?? []) as readonly { readonly key: string; readonly state: string }[];
    assert.deepEqual(
      sends.map(({ key, state }) => [key, state]),
      VENDORS.map((vendor) => [`one-${vendor}`, 'confirmed']).reverse(),
      'Each is listed once.',
    );
    assert.equal(outbox.length, VENDORS.length);
    await refusals(deployment);
    return `${outbox.length} mails for ${DELIVERIES * VENDORS.length} requests`;
  } finally {
    await deployment.close();
  }
}

async function sendOnce(deployment: Deployment, lead: Lead): Promise<void> {
  const call = request(lead);
  const together = await Promise.all([call, call, call].map((each) => deployment.api(each)));
  const again = await deployment.api(call);
  deployment.fleet.recycle();
  const fresh = [await deployment.api(call), await deployment.api(call)];
  const answers = [...together, again, ...fresh];
  assert.equal(answers.length, DELIVERIES);
  assert.deepEqual([...new Set(answers.map((answer) => answer?.status))], [202]);
  assert.equal(new Set(answers.map((answer) => answer?.body.id)).size, 1, 'All of them name the same send.');
  assert.ok(['sent', 'confirmed'].includes(String(fresh[1]?.body.state)), `It is ${fresh[1]?.body.state}.`);
  assert.equal(deployment.world.sandbox.world.outbox.filter(({ vendor }) => vendor === lead.vendor).length, 1);
}

/** What the API must not do, it does not do from its package either. */
async function refusals(deployment: Deployment): Promise<void> {
  const nobody = await deployment.api({ method: 'GET', path: '/v1/threads', token: 'rb_nobody_nothing' });
  assert.equal(nobody?.status, 401);
  const strange = await deployment.invoke('api', { strange: true });
  assert.equal(strange.kind, 'response');
  assert.equal((strange.kind === 'response' ? (strange.value as { statusCode: number }) : undefined)?.statusCode, 400);
  assert.equal((await deployment.api({ method: 'GET', path: '/health' }))?.status, 200);
}
