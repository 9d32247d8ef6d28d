import { describe, expect, it } from 'vitest';
import { createPoller } from '../../shared/polling/poller.ts';
import { Bench, type BenchOptions, DAY, HOUR, MINUTE } from './harness.ts';

const bench = (options: BenchOptions) => new Bench({ createPoller }, options);

describe.each(['coldsend', 'cohesive'])('messages of %s', (vendor) => {
  it('in a conversation of 3,000, more than 12 MB long, are told', async () => {
    const of = bench({ vendor });
    const thread = of.lead();
    for (let count = 0; count < 3_000; count += 1) {
      of.reply(thread, { sentAt: of.now - (count + 100) * MINUTE, text: `${count} ${'word '.repeat(400)}` });
    }
    await of.pollFor(5 * MINUTE);
    const ids: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      ids.push(of.reply(thread));
      await of.pollFor(5 * MINUTE);
    }
    of.assertReceived(ids, 'a long conversation hid its newest replies, or told old ones');
    expect(of.types()).not.toContain('reply.unreadable');
  }, 60_000);

  it('from an address of ours that are replies are told', async () => {
    const of = bench({ vendor });
    await of.pollWell();
    const thread = of.lead();
    of.world.addMessage(thread.id, { direction: 'outbound', sentAt: of.now, text: 'Hello?' });
    of.now += MINUTE;
    const ids = [of.reply(thread, { from: thread.inboxEmail }), of.reply(thread)];
    await of.pollFor(5 * MINUTE);
    of.assertReceived(ids, 'a reply from an alias was taken for our own mail');
  });

  it('without ids, under links signed anew at each request, are told once in ten days', async () => {
    const of = bench({ vendor, switches: { messageIds: false, signedLinks: true } });
    await of.pollWell();
    const threads = Array.from({ length: 3 }, () => of.lead());
    for (const thread of threads) {
      for (let count = 0; count < 3; count += 1) {
        of.now += MINUTE;
        of.reply(thread, { text: `Reply ${count}` });
        await of.pollFor(3 * MINUTE);
      }
    }
    for (let hours = 0; hours < 10 * 24; hours += 4) {
      of.now += 4 * HOUR;
      await of.pollFor(2 * MINUTE);
    }
    expect(of.types()).toEqual(Array.from({ length: 9 }, () => 'reply.received'));
    expect(of.now).toBeGreaterThan(10 * DAY);
  });
});
