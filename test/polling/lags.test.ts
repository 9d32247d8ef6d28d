import { describe, expect, it } from 'vitest';
import { createPoller } from '../../shared/polling/poller.ts';
import { Bench, MINUTE } from './harness.ts';

describe('how late a connection is', () => {
  it('is told as a whole while its feeds could never be listed', async () => {
    const bench = new Bench({ createPoller }, { vendor: 'cohesive' });
    bench.failing = /campaigns/;
    await bench.poll();
    bench.now += 10 * MINUTE;
    expect(bench.lags).toMatchObject([{ feed: '*' }]);
    expect(bench.lags[0]?.lagMs).toBeGreaterThanOrEqual(10 * MINUTE);
  });

  it('is told feed by feed once they are listed', async () => {
    const bench = new Bench({ createPoller }, { vendor: 'cohesive' });
    await bench.pollWell();
    bench.now += 3 * MINUTE;
    expect(bench.lags).toMatchObject([{ feed: bench.campaign, lagMs: 3 * MINUTE }]);
  });
});
