import { describe, expect, it } from 'vitest';
import { readEventLog } from '../../shared/outbox/outbox.ts';
import { eventOfAddress } from '../../shared/store/keys.ts';
import type { Store } from '../../shared/store/store.ts';
import { type Bench, bench, DAY, DEALS, MINUTE, settle } from './automation-bench.ts';

const HOUR = 60 * MINUTE;
const FORWARD = { steps: [{ forward: [DEALS] }] };

async function told(store: Store, type: string) {
  const { addresses } = await store.timeline(0, { limit: 1_000 });
  const logs = await Promise.all(addresses.map((address) => readEventLog(store, eventOfAddress(address))));
  return logs.flatMap((log) => (log?.stored.type === type ? [log.stored] : []));
}

/** How many mails left, of which kind it is. */
const mails = (opened: Bench) => opened.forwarded().length + opened.replied().length;

describe('a delivery to an automation', () => {
  it('is done when its sends are, and not before', async () => {
    const opened = await bench('coldsend', FORWARD);
    opened.state.mailDown = true;
    await opened.record('evt_1', opened.eventOf('m1'));
    await settle(opened, 6, MINUTE);
    expect(await opened.delivery('evt_1')).toMatchObject({ state: 'pending', tries: 0 });
    opened.state.mailDown = false;
    await settle(opened, 12, 10 * MINUTE);
    expect(opened.forwarded()).toEqual([[DEALS]]);
    expect(await opened.delivery('evt_1')).toMatchObject({ state: 'delivered' });
  });

  it.each([20 * MINUTE, 20 * HOUR, 60 * HOUR])('waits out a mail server that refuses for %i ms', async (downMs) => {
    const opened = await bench('coldsend', FORWARD);
    opened.state.mailDown = true;
    await opened.record('evt_1', opened.eventOf('m1'));
    await settle(opened, Math.ceil(downMs / (10 * MINUTE)), 10 * MINUTE);
    opened.state.mailDown = false;
    await settle(opened, 60, HOUR);
    expect(opened.forwarded()).toEqual([[DEALS]]);
    expect(await opened.delivery('evt_1')).toMatchObject({ state: 'delivered' });
    expect(await told(opened.store, 'send.failed')).toEqual([]);
  });

  it('waits out a kill switch, and a key that is missing for a day', async () => {
    const opened = await bench('coldsend', FORWARD);
    opened.limits.off = true;
    await opened.record('evt_1', opened.eventOf('m1'));
    await settle(opened, 3, HOUR);
    opened.limits.off = false;
    const keys = opened.switches.coldsendKeys;
    opened.switches.coldsendKeys = {};
    await settle(opened, 24, HOUR);
    expect(mails(opened)).toBe(0);
    opened.switches.coldsendKeys = keys;
    await settle(opened, 60, HOUR);
    expect(opened.forwarded()).toEqual([[DEALS]]);
  });

  it('ends with an event when nothing of it could be sent for four days', async () => {
    const opened = await bench('coldsend', FORWARD);
    opened.state.mailDown = true;
    await opened.record('evt_1', opened.eventOf('m1'));
    await settle(opened, 10 * 24, HOUR);
    expect(mails(opened)).toBe(0);
    expect(await told(opened.store, 'send.failed')).toHaveLength(1);
    expect(await opened.delivery('evt_1')).toMatchObject({ state: 'delivered' });
  });

  it('does not set a star again that a person has taken off meanwhile', async () => {
    const opened = await bench('coldsend', { steps: [{ star: true }, { forward: [DEALS] }] });
    opened.state.mailDown = true;
    await opened.record('evt_1', opened.eventOf('m1'));
    await settle(opened, 3, MINUTE);
    expect(await opened.isStarred()).toBe(true);
    opened.world.setStarred(opened.threadId(), false);
    await settle(opened, 12, HOUR);
    expect(await opened.isStarred()).toBe(false);
  });
});

describe.each(['cohesive', 'coldsend'] as const)('an automatic reply on %s', (vendor) => {
  const REPLY = { steps: [{ reply: 'Hi {{lead.firstName}},\n\nthank you for your answer to {{campaign.name}}.' }] };
  const named = (opened: Bench, name: string, lead: string | null, at = 0) => {
    const event = opened.eventOf(name, at);
    if (event.type !== 'reply.received') throw new Error('another event');
    return { ...event, data: { ...event.data, lead: { email: 'lead@customer.example', name: lead } } };
  };

  it('goes out with the names filled in', async () => {
    const opened = await bench(vendor, REPLY);
    await opened.record('evt_1', named(opened, 'm1', 'Doe, Jane'));
    await settle(opened);
    expect(opened.replied()).toHaveLength(1);
    expect(opened.replied()[0]).toContain('Hi Jane,');
    expect(opened.replied()[0]).toContain('our conversation');
    expect(await opened.delivery('evt_1')).toMatchObject({ state: 'delivered' });
  });

  it('goes out once in a conversation for ever, also under a new template', async () => {
    const opened = await bench(vendor, REPLY);
    for (let round = 0; round < 3; round += 1) {
      if (round === 2) opened.restart({ steps: [{ reply: 'Quite other words.' }] });
      await opened.record(`evt_${round}`, named(opened, `m${round}`, 'Jane'));
      await settle(opened, 12, HOUR);
      opened.state.now += 30 * DAY;
    }
    await opened.record('evt_other', named(opened, 'other', 'Joe', 1));
    await settle(opened);
    expect(opened.replied()).toHaveLength(2);
  });

  it('stays away when somebody has answered since', async () => {
    const opened = await bench(vendor, REPLY);
    await opened.record('evt_1', named(opened, 'm1', 'Jane'));
    opened.state.now += 10 * MINUTE;
    const sentAt = opened.state.now - MINUTE;
    const lead = opened.threads[0]?.lead.email.toLowerCase();
    const worlds = [...opened.world.threads.values()];
    const thread = worlds.find(({ leadEmail }) => leadEmail.toLowerCase() === lead);
    opened.world.addMessage(thread?.id ?? '', { direction: 'outbound', sentAt, text: 'I have seen to it.' });
    await settle(opened);
    expect(opened.replied()).toEqual([]);
    expect(await opened.delivery('evt_1')).toMatchObject({ state: 'delivered' });
  });

  it('is never more than the name of a lead allows', async () => {
    const opened = await bench(vendor, REPLY);
    await opened.record('evt_1', named(opened, 'm1', '<img src=x>{{lead.email}}\nBcc: you@evil.example'));
    await settle(opened);
    expect(opened.replied()).toHaveLength(1);
    expect(opened.replied()[0]).toContain('Hi there,');
    expect(opened.replied()[0]).not.toMatch(/img|lead@|evil|\{\{/);
  });

  it('obeys the kill switch', async () => {
    const opened = await bench(vendor, REPLY);
    opened.limits.off = true;
    await opened.record('evt_1', named(opened, 'm1', 'Jane'));
    await settle(opened, 10 * 24, HOUR);
    expect(opened.replied()).toEqual([]);
    expect(await opened.delivery('evt_1')).toMatchObject({ state: 'parked', lastError: 'not-allowed' });
  });
});
