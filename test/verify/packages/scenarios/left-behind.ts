import assert from 'node:assert/strict';
import { Campaign } from '../campaign.ts';
import { type Answer, Deployment, VENDORS } from '../deployment.ts';
import type { TappedCall } from '../tap.ts';
import { aMoment, until } from '../until.ts';

const HOUR_MS = 3_600_000;

const isAnnouncement = ({ body }: TappedCall) => body.includes('SEND#') && body.includes('\\"state\\":\\"sending\\"');

/**
 * The API answers after 26 seconds while the database is slower than that: once to write that a mail is about to be posted,
 * once to say that it has written it. The containers stand still with the work half done, until another request wakes them up
 * hours later and gives them a new deadline: what was left behind must not post now.
 */
export async function leftBehind(packages: string): Promise<string> {
  const deployment = await Deployment.open(packages);
  const { outbox } = deployment.world.sandbox.world;
  const slow = slowDatabase(deployment);
  try {
    const campaign = new Campaign(deployment.world.sandbox.world, 1);
    await deployment.apply();
    await deployment.minute();
    const asked = VENDORS.map(async (vendor) => await ask(deployment, campaign.lead(vendor).path));
    await until('both are about to post', () => slow.held() === VENDORS.length);
    const states = (await Promise.all(asked)).map((answer) => answer?.body.state);
    assert.deepEqual(states.sort(), ['sending', 'waiting'], 'The API answers before it knows.');
    deployment.clock.forward(3 * HOUR_MS);
    slow.release();
    // Two requests at once wake up both containers.
    for (let turn = 0; turn < 3; turn += 1) {
      const wake = () => deployment.api({ method: 'GET', path: '/v1/connections' });
      await Promise.all([wake(), wake()]);
      await aMoment();
    }
    assert.equal(deployment.fleet.starts, 4, 'No other container has answered.');
    assert.equal(outbox.length, 0, 'Nothing is posted late.');
    for (let minute = 0; minute < 3; minute += 1) await deployment.minute();
    assert.equal(outbox.length, 0);
    return `2 containers woken up after 3 hours, ${outbox.length} mails`;
  } finally {
    slow.release();
    await deployment.close();
  }
}

async function ask(deployment: Deployment, path: string): Promise<Answer | undefined> {
  const body = { text: `This answer to ${path} was left behind.` };
  return await deployment.api({ method: 'POST', path: `${path}/reply`, key: path, body });
}

/** The first announcement is not written until the release, the second is written but not acknowledged. */
function slowDatabase({ database: { hooks } }: Deployment) {
  let release: () => void = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let held = 0;
  let first: TappedCall | undefined;
  const { after } = hooks;
  hooks.before = async (call) => {
    if (!isAnnouncement(call)) return undefined;
    first ??= call;
    if (call !== first) return undefined;
    held += 1;
    await released;
    return undefined;
  };
  hooks.after = async (call, status) => {
    const lost = (await after?.(call, status)) ?? false;
    if (!isAnnouncement(call) || call === first) return lost;
    held += 1;
    await released;
    return lost;
  };
  return { release: () => release(), held: () => held };
}
