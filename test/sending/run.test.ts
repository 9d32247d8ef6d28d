import { describe, expect, it } from 'vitest';
import type { Switches } from '../../sandbox/switches.ts';
import { eventId } from '../../shared/events/event.ts';
import { eventAddress } from '../../shared/outbox/record.ts';
import { acceptSend } from '../../shared/sending/accept.ts';
import { decideSend } from '../../shared/sending/decide.ts';
import { listSends } from '../../shared/sending/list.ts';
import { SendRefusal } from '../../shared/sending/refusal.ts';
import { runSend } from '../../shared/sending/run.ts';
import type { StoredSend } from '../../shared/sending/send.ts';
import { meaningOf } from '../../shared/sending/words.ts';
import { CONNECTION, forwardOf, replyTo, type SendBench, sendBench } from '../verify/sending/bench.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const under = (bench: SendBench, switches: Partial<Switches>) =>
  Object.assign(bench.open.switches, { faultScope: 'writes', ...switches });
const accept = async (bench: SendBench, change = {}) =>
  (await acceptSend(bench.ports, replyTo(bench.threadId, change))).send;
const outbox = ({ open }: SendBench) => open.world.outbox.length;

async function later(bench: SendBench, send: StoredSend, ms: number): Promise<StoredSend> {
  bench.wait(ms);
  return await bench.run(send.id);
}

describe.each(['cohesive', 'coldsend'] as const)('a reply through %s', (vendor) => {
  it('is sent at once and confirmed when it is seen', async () => {
    const bench = await sendBench(vendor);
    const send = await accept(bench);
    expect((await bench.run(send.id)).state).toBe('sent');
    const seen = await later(bench, send, 6 * SECOND_MS);
    expect(seen.state).toBe('confirmed');
    expect(meaningOf(seen)).toMatch(/^Sent, and seen in the conversation at 20/);
    expect(outbox(bench)).toBe(1);
  });

  const LOST: readonly (readonly [string, Partial<Switches>, number])[] = [
    ['a reset after the vendor took it', { resetAfterRate: 1 }, 1],
    ['a 500 after it was sent', { errorAfterRate: 1 }, 1],
    ['an HTML page instead of an answer', { htmlRate: 1 }, 1],
    ['an answer that is cut off', { truncatedRate: 1 }, 1],
    ['a 500 before it was sent', { errorRate: 1 }, 0],
    ['a reset before it was carried out', { resetBeforeRate: 1 }, 0],
  ];
  it.each(LOST)('is uncertain after %s, looked for and never posted again', async (_name, fault, carriedOut) => {
    const bench = await sendBench(vendor);
    const send = await accept(bench);
    under(bench, fault);
    const uncertain = await bench.run(send.id);
    expect(uncertain.state).toBe('uncertain');
    expect(meaningOf(uncertain)).toMatch(/^We could not tell whether this was sent/);
    let last = await later(bench, send, 6 * SECOND_MS);
    if (carriedOut === 1) expect(last.state).toBe('confirmed');
    for (let look = 0; look < 30; look += 1) last = await later(bench, send, HOUR_MS);
    expect(last.state).toBe(carriedOut === 1 ? 'confirmed' : 'needs_decision');
    expect(outbox(bench)).toBe(carriedOut);
  });

  it('that shows up hours after it was sent is confirmed then', async () => {
    const bench = await sendBench(vendor);
    const send = await accept(bench);
    under(bench, { resetAfterRate: 1, sentDelayMs: 2 * HOUR_MS });
    await bench.run(send.id);
    expect((await later(bench, send, HOUR_MS)).state).toBe('uncertain');
    expect((await later(bench, send, 3 * HOUR_MS)).state).toBe('confirmed');
    expect(outbox(bench)).toBe(1);
  });

  it('of which nothing left is tried again, five times at most', async () => {
    const bench = await sendBench(vendor);
    const send = await accept(bench);
    under(bench, { refusedRate: 1 });
    let last = await bench.run(send.id);
    expect(last).toMatchObject({ state: 'waiting', failedAttempts: 1 });
    expect(meaningOf(last)).toMatch(/^Not sent yet; it is tried again by itself/);
    for (let time = 0; time < 8; time += 1) last = await later(bench, send, 21 * MINUTE_MS);
    expect(last).toMatchObject({ state: 'failed', attempt: 5 });
    expect(outbox(bench)).toBe(0);
  });

  it('goes out when the vendor is back', async () => {
    const bench = await sendBench(vendor);
    const send = await accept(bench);
    under(bench, { throttledRate: 1, throttledSignal: 'retry-after', throttledSeconds: 90 });
    await bench.run(send.id);
    under(bench, { throttledRate: 0 });
    expect((await later(bench, send, 60 * SECOND_MS)).state).toBe('waiting');
    expect((await later(bench, send, 60 * SECOND_MS)).state).toBe('sent');
    expect(outbox(bench)).toBe(1);
  });

  it('whose runner died while posting is looked for', async () => {
    const bench = await sendBench(vendor);
    const send = await accept(bench);
    const [connection] = bench.ports.connections;
    const prepare = connection?.connection.replies.prepare;
    let carried = 0;
    const dying = {
      ...bench.ports,
      connections: [
        {
          ...connection,
          connection: {
            ...connection?.connection,
            replies: {
              ...connection?.connection.replies,
              prepare: async (draft: never) => {
                const ready = await prepare?.(draft);
                return {
                  post: async () => {
                    await ready?.post();
                    carried += 1;
                    // The process is gone: nothing after this is ever written.
                    return await new Promise<never>(() => {});
                  },
                };
              },
            },
          },
        },
      ],
    };
    void runSend(dying as never, send.id);
    await expect.poll(() => carried).toBe(1);
    expect((await bench.run(send.id)).state).toBe('sending');
    await later(bench, send, 4 * MINUTE_MS);
    expect((await later(bench, send, 6 * SECOND_MS)).state).toBe('confirmed');
    expect(outbox(bench)).toBe(1);
  });

  it('is not called absent while messages of its conversation cannot be read', async () => {
    const bench = await sendBench(vendor);
    const send = await accept(bench);
    under(bench, { errorRate: 1 });
    await bench.run(send.id);
    const connections = bench.ports.connections.map((each) => {
      const { threads } = each.connection;
      const content: typeof threads.content = async (...asked) => {
        const unreadable = [{ id: 'unread', issues: ['no sender'] }];
        return { ...(await threads.content(...asked)), unreadable };
      };
      return { ...each, connection: { ...each.connection, threads: { ...threads, content } } };
    });
    bench.wait(6 * SECOND_MS);
    await runSend({ ...bench.ports, connections }, send.id);
    const { steps } = await bench.run(send.id);
    expect(steps.at(-1)?.detail).toContain('Messages of the conversation could not be read, and it may be among them.');
  });

  it('nobody could find is told to a person, who decides', async () => {
    const bench = await sendBench(vendor);
    const send = await accept(bench);
    under(bench, { errorRate: 1 });
    await bench.run(send.id);
    let last = send;
    for (let look = 0; look < 30; look += 1) last = await later(bench, send, HOUR_MS);
    expect(last.state).toBe('needs_decision');
    expect(meaningOf(last)).toMatch(/checked 9 times until 20.* It is not in the conversation\. Look there yourself/);
    expect(
      (await listSends(bench.ports.store, bench.ports.clock.now(), { state: 'needs_decision' })).sends,
    ).toHaveLength(1);
    const id = eventId('send.needs_decision', CONNECTION, send.id, '1');
    expect((await bench.ports.store.get(eventAddress(id)))?.value).toMatchObject({ type: 'send.needs_decision' });

    under(bench, { errorRate: 0 });
    expect((await decideSend(bench.ports, send.id, 'resend', 'Jane')).state).toBe('waiting');
    expect(await bench.run(send.id)).toMatchObject({ state: 'sent', attempt: 2 });
    expect(outbox(bench)).toBe(1);
    await expect(decideSend(bench.ports, send.id, 'sent', 'Jane')).rejects.toThrow(SendRefusal);
  });

  it('that a person calls sent is left alone', async () => {
    const bench = await sendBench(vendor);
    const send = await accept(bench);
    under(bench, { errorRate: 1 });
    await bench.run(send.id);
    expect((await decideSend(bench.ports, send.id, 'sent', 'Jane')).state).toBe('decided');
    under(bench, { errorRate: 0 });
    expect((await later(bench, send, DAY_MS)).state).toBe('decided');
    expect(outbox(bench)).toBe(0);
  });

  it('waits while another one of its conversation is not settled, and gives up after two hours', async () => {
    const bench = await sendBench(vendor);
    const first = await accept(bench, { key: 'one' });
    under(bench, { errorRate: 1 });
    await bench.run(first.id);
    under(bench, { errorRate: 0 });
    const second = await accept(bench, { key: 'two', text: 'Other words.' });
    const waiting = await bench.run(second.id);
    expect(waiting.state).toBe('waiting');
    expect(meaningOf(waiting)).toContain(first.id);
    expect(await later(bench, second, 3 * HOUR_MS)).toMatchObject({ state: 'failed' });
    expect(outbox(bench)).toBe(0);
  });

  it('passes an unsettled one when a person says so', async () => {
    const bench = await sendBench(vendor);
    const first = await accept(bench, { key: 'one' });
    under(bench, { errorRate: 1 });
    await bench.run(first.id);
    under(bench, { errorRate: 0 });
    const second = await accept(bench, { key: 'two', text: 'Other words.', overrideBy: 'Jane' });
    expect((await bench.run(second.id)).state).toBe('sent');
  });

  it('is not posted when somebody wrote meanwhile and the caller minds', async () => {
    const bench = await sendBench(vendor);
    const { messages } = await bench.open.connection.threads.content(bench.threadId);
    const send = await accept(bench, { ifLatest: messages.at(-1)?.id ?? '' });
    const thread = [...bench.open.world.threads.values()].find(({ leadName }) => leadName === 'Lead 4');
    bench.open.world.addMessage(thread?.id ?? '', {
      direction: 'inbound',
      sentAt: bench.open.world.now(),
      text: 'Wait!',
    });
    const last = await bench.run(send.id);
    expect(last.state).toBe('failed');
    expect(meaningOf(last)).toMatch(/written in this conversation.*nothing was sent/);
  });

  it('a person wrote in the vendor’s own window is shown to a person, neither sent nor called sent', async () => {
    const bench = await sendBench(vendor);
    const send = await accept(bench, { key: 'one' });
    const thread = [...bench.open.world.threads.values()].find(({ leadName }) => leadName === 'Lead 4');
    const text = 'Happy to show you on Thursday at ten.';
    bench.open.world.addMessage(thread?.id ?? '', { direction: 'outbound', sentAt: bench.open.world.now(), text });
    const asked = await bench.run(send.id);
    expect(asked.state).toBe('needs_decision');
    expect(meaningOf(asked)).toMatch(
      /^Not sent: the same words stand in the conversation already\. Look there yourself/,
    );
    expect(outbox(bench)).toBe(0);
    // Whoever has looked, and wants both, is not asked once more.
    await decideSend(bench.ports, send.id, 'resend', 'Jane');
    expect((await bench.run(send.id)).state).toBe('sent');
    expect(outbox(bench)).toBe(1);
  });

  it('stops at the limit of its conversation and of the day', async () => {
    const bench = await sendBench(vendor);
    bench.limits = { off: false, perDay: 2, perConversationPerDay: 1 };
    const states: string[] = [];
    const { threads } = await bench.open.connection.threads.list({});
    for (const [index, threadId] of [threads[0], threads[0], threads[1], threads[2]]
      .map((thread) => thread?.id ?? '')
      .entries()) {
      const { send } = await acceptSend(bench.ports, replyTo(threadId, { key: `k${index}`, text: `Words ${index}` }));
      states.push((await bench.run(send.id)).state);
    }
    expect(states).toEqual(['sent', 'failed', 'sent', 'failed']);
  });

  it('forgets its words after 90 days and its key never', async () => {
    const bench = await sendBench(vendor);
    const send = await accept(bench, { key: 'order-7' });
    await bench.run(send.id);
    await later(bench, send, 6 * SECOND_MS);
    const old = await later(bench, send, 91 * DAY_MS);
    expect(old.mail).toBeUndefined();
    bench.wait(310 * DAY_MS);
    expect((await acceptSend(bench.ports, replyTo(bench.threadId, { key: 'order-7' }))).isNew).toBe(false);
    expect(outbox(bench)).toBe(1);
  });

  it('refused by the vendor says so in the vendor’s words', async () => {
    const bench = await sendBench(vendor);
    const { send } = await acceptSend(bench.ports, replyTo(bench.threadId, { key: 'one' }));
    const thread = [...bench.open.world.threads.values()].find(({ leadName }) => leadName === 'Lead 4');
    bench.open.world.removeThread(thread?.id ?? '');
    const last = await bench.run(send.id);
    expect(last.state).toBe('refused');
    expect(meaningOf(last)).toMatch(/does not know this thread.*Nothing was sent\.$/);
  });
});

describe('a forward', () => {
  it('of which nobody knows whether its thread ever shows it goes to a person within minutes', async () => {
    const bench = await sendBench('cohesive');
    under(bench, { errorAfterRate: 1, forwardsShow: false });
    const { send } = await acceptSend(bench.ports, forwardOf(bench.threadId));
    await bench.run(send.id);
    let last = send;
    for (let look = 0; look < 4; look += 1) last = await later(bench, send, MINUTE_MS);
    expect(last.state).toBe('needs_decision');
    expect(meaningOf(last)).toMatch(/Ask whoever it was for\. Then decide/);
    expect(outbox(bench)).toBe(1);
  });

  it('that its thread shows is confirmed', async () => {
    const bench = await sendBench('cohesive');
    under(bench, { errorAfterRate: 1 });
    const { send } = await acceptSend(bench.ports, forwardOf(bench.threadId));
    await bench.run(send.id);
    expect((await later(bench, send, 6 * SECOND_MS)).state).toBe('confirmed');
  });
});
