import { expect, it } from 'vitest';
import { backfill } from '../../shared/polling/backfill/backfill.ts';
import { createPoller } from '../../shared/polling/poller.ts';
import { MINUTE } from './harness.ts';
import { LiveInbox, quotaBench } from './live-inbox.ts';

it.each([60, 10])(
  'who waits for a backfill leaves live replies their calls, polled every %i s',
  async (everySeconds) => {
    const bench = quotaBench(everySeconds);
    const inbox = new LiveInbox({ createPoller }, bench, 4 * MINUTE);
    await inbox.goOn(MINUTE);
    const ports = { ...bench.ports, clock: { ...bench.ports.clock, sleep: (ms: number) => inbox.goOn(ms) } };
    expect(await backfill(bench.polled, ports, { since: 'all', onProgress: () => {} })).toMatchObject({ done: true });
    expect(bench.count('reply.received')).toBe(300 + inbox.told);
    expect(inbox.told).toBeGreaterThan(30);
    expect(inbox.latest).toBeLessThanOrEqual(1);
  },
);
