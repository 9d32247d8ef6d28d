import { afterEach, describe, expect, it } from 'vitest';
import type { Switches } from '../../../sandbox/switches.ts';
import { SendKillBench } from './send-kill.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

interface Case {
  /** The state in which the process is killed. */
  readonly state: string;
  readonly when: string;
  readonly faults: Partial<Switches>;
  /** Mails that have left in the end. */
  readonly mails: 0 | 1;
  readonly end: string;
}

const CASES: readonly Case[] = [
  {
    state: 'waiting',
    when: 'the vendor asks to wait',
    faults: { throttledRate: 1, throttledSignal: 'retry-after' },
    mails: 1,
    end: 'confirmed',
  },
  {
    state: 'sending',
    when: 'the vendor takes the mail after the death',
    faults: { latencyMs: 600 },
    mails: 1,
    end: 'confirmed',
  },
  {
    state: 'sending',
    when: 'the vendor never takes it',
    faults: { latencyMs: 600, errorRate: 1 },
    mails: 0,
    end: 'needs_decision',
  },
  { state: 'uncertain', when: 'the answer was lost', faults: { resetAfterRate: 1 }, mails: 1, end: 'confirmed' },
  { state: 'sent', when: 'it was accepted', faults: {}, mails: 1, end: 'confirmed' },
];

describe('kill -9', { timeout: 60_000 }, () => {
  let bench: SendKillBench | undefined;
  afterEach(async () => {
    await bench?.close();
  });

  it.each(CASES)('while a send is $state and $when sends it at most once', async ({ state, faults, mails, end }) => {
    bench = await SendKillBench.open();
    const vendor = mails === 0 ? 'coldsend' : 'cohesive';
    await bench.run();
    bench.under(faults);
    const { id } = await bench.reply(vendor);
    await bench.reached(id, [state], 1);
    if (state === 'sending') await bench.posted();
    await bench.kill();
    bench.under({});
    await bench.once(6 * MINUTE_MS);
    await bench.once(8 * MINUTE_MS);
    for (let day = 1; end === 'needs_decision' && day <= 3; day += 1) await bench.once(day * 26 * HOUR_MS);
    expect(await bench.lines(['sends'])).toMatchObject([
      { id, state: end, attempt: mails === 0 ? 1 : expect.any(Number) },
    ]);
    expect(bench.sandbox.world.outbox).toHaveLength(mails);
  });

  it('while a person is needed and after the decision tells once and sends once', async () => {
    bench = await SendKillBench.open();
    await bench.run();
    bench.under({ errorRate: 1 });
    const { id } = await bench.reply('cohesive');
    await bench.reached(id, ['uncertain']);
    await bench.kill();
    await bench.once(26 * HOUR_MS);
    await bench.once(52 * HOUR_MS);
    await bench.run(53 * HOUR_MS);
    await bench.reached(id, ['needs_decision']);
    await bench.kill();
    await bench.run(54 * HOUR_MS);
    bench.under({ latencyMs: 400 });
    await bench.ask('POST', `/v1/sends/${id}/decision`, { verdict: 'resend', by: 'Jane' });
    await bench.reached(id, ['waiting', 'sending']);
    await bench.kill();
    bench.under({});
    await bench.once(54.2 * HOUR_MS);
    await bench.once(54.4 * HOUR_MS);
    expect(await bench.lines(['sends'], 55 * HOUR_MS)).toMatchObject([{ id, state: 'confirmed' }]);
    expect(bench.sandbox.world.outbox).toHaveLength(1);
    const told = await bench.lines(['events', '--type', 'send.needs_decision'], 55 * HOUR_MS);
    expect(told).toHaveLength(1);
  });
});
