import { describe, expect, it } from 'vitest';
import type { Switches } from '../../sandbox/switches.ts';
import { acceptSend } from '../../shared/sending/accept.ts';
import { sendAgain } from '../../shared/sending/again.ts';
import { runSend } from '../../shared/sending/run.ts';
import { sendAddress } from '../../shared/store/keys.ts';
import { replyTo, type SendBench, sendBench } from '../verify/sending/bench.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const AHEAD_MS = 90 * 24 * HOUR_MS;

const under = (bench: SendBench, switches: Partial<Switches>) =>
  Object.assign(bench.open.switches, { faultScope: 'writes', ...switches });
const accept = async (bench: SendBench, change = {}) =>
  (await acceptSend(bench.ports, replyTo(bench.threadId, change))).send;
const outbox = ({ open }: SendBench) => open.world.outbox.length;

/** A bench whose clock is months ahead. */
async function aheadBench(vendor: 'cohesive' | 'coldsend'): Promise<SendBench> {
  const bench = await sendBench(vendor);
  bench.wait(AHEAD_MS);
  return bench;
}

describe.each(['cohesive', 'coldsend'] as const)(
  'a reply through %s, after the clock was put back by months',
  (vendor) => {
    it('that may have left is looked for, over a day, and then shown to a person', async () => {
      const bench = await aheadBench(vendor);
      const send = await accept(bench);
      under(bench, { errorRate: 1 });
      expect((await bench.run(send.id)).state).toBe('uncertain');
      bench.wait(-AHEAD_MS);
      let last = await bench.run(send.id);
      expect(last).toMatchObject({ state: 'uncertain', verifications: 1 });
      for (let hour = 0; hour < 24; hour += 1) {
        bench.wait(HOUR_MS);
        last = await bench.run(send.id);
        expect(last.state).toBe('uncertain');
      }
      for (let hour = 0; hour < 24; hour += 1) {
        bench.wait(HOUR_MS);
        last = await bench.run(send.id);
      }
      expect(last).toMatchObject({ state: 'needs_decision', attempt: 1 });
      expect(last.noticesGiven).toBe(1);
    });

    it('whose runner died while posting is looked for, and not posted again', async () => {
      const bench = await aheadBench(vendor);
      const send = await accept(bench);
      let carried = 0;
      const connections = bench.ports.connections.map((each) => {
        const { replies } = each.connection;
        const prepare: typeof replies.prepare = async (draft) => {
          const ready = await replies.prepare(draft);
          const post = async () => {
            await ready.post();
            carried += 1;
            return await new Promise<never>(() => {});
          };
          return { ...ready, post };
        };
        return { ...each, connection: { ...each.connection, replies: { ...replies, prepare } } };
      });
      void runSend({ ...bench.ports, connections }, send.id);
      await expect.poll(() => carried).toBe(1);
      bench.wait(-AHEAD_MS);
      expect((await bench.run(send.id)).state).toBe('uncertain');
      for (let hour = 0; hour < 48; hour += 1) {
        bench.wait(HOUR_MS);
        await bench.run(send.id);
      }
      expect(outbox(bench)).toBe(1);
    });

    it('that was announced before is not posted after it', async () => {
      const bench = await aheadBench(vendor);
      const send = await accept(bench);
      const { store } = bench.ports;
      const put: typeof store.put = async (document, expected) => {
        const written = await store.put(document, expected);
        if ((document.value as { state?: string }).state === 'sending') bench.wait(-AHEAD_MS);
        return written;
      };
      await runSend({ ...bench.ports, store: { ...store, put } }, send.id);
      expect(outbox(bench)).toBe(0);
    });

    it('that waited is given up and told, since nobody knows for how long, and can be sent again', async () => {
      const bench = await aheadBench(vendor);
      const send = await accept(bench);
      under(bench, { throttledRate: 1, throttledSignal: 'retry-after', throttledSeconds: 90 });
      expect((await bench.run(send.id)).state).toBe('waiting');
      under(bench, { throttledRate: 0 });
      bench.wait(-AHEAD_MS);
      const ended = await bench.run(send.id);
      expect(ended).toMatchObject({ state: 'failed', noticesGiven: 1 });
      expect(ended.steps.at(-1)?.detail).toMatch(/^Nothing was sent: .* clock/);
      expect(outbox(bench)).toBe(0);
      await sendAgain(bench.ports, send.id, 'Jane');
      expect((await bench.run(send.id)).state).toBe('sent');
      expect(outbox(bench)).toBe(1);
    });

    it('that is held back, to be called back, is given up too', async () => {
      const bench = await aheadBench(vendor);
      const send = await accept(bench, { undoMs: 30 * SECOND_MS });
      bench.wait(-AHEAD_MS);
      expect((await bench.run(send.id)).state).toBe('failed');
      expect(outbox(bench)).toBe(0);
    });

    it('that has ended is left as it is', async () => {
      const bench = await aheadBench(vendor);
      const send = await accept(bench);
      await bench.run(send.id);
      bench.wait(6 * SECOND_MS);
      expect((await bench.run(send.id)).state).toBe('confirmed');
      bench.wait(-AHEAD_MS);
      const before = await bench.ports.store.get(sendAddress(send.id));
      await bench.run(send.id);
      expect(await bench.ports.store.get(sendAddress(send.id))).toEqual(before);
    });
  },
);

it('a reply goes out although the clock was put back by a moment', async () => {
  const bench = await sendBench('cohesive');
  const send = await accept(bench);
  under(bench, { throttledRate: 1, throttledSignal: 'retry-after', throttledSeconds: 90 });
  await bench.run(send.id);
  under(bench, { throttledRate: 0 });
  bench.wait(-10 * MINUTE_MS);
  expect((await bench.run(send.id)).state).toBe('waiting');
  bench.wait(12 * MINUTE_MS);
  expect((await bench.run(send.id)).state).toBe('sent');
});
