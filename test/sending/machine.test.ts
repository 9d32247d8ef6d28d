import { describe, expect, it } from 'vitest';
import type { Switches } from '../../sandbox/switches.ts';
import { acceptSend } from '../../shared/sending/accept.ts';
import { type MachineMail, sendByMachine } from '../../shared/sending/machine.ts';
import type { StoredSend } from '../../shared/sending/send.ts';
import { undoSend } from '../../shared/sending/undo.ts';
import { CONNECTION, forwardOf, replyTo, type SendBench, sendBench } from '../verify/sending/bench.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

const under = (bench: SendBench, switches: Partial<Switches>) =>
  Object.assign(bench.open.switches, { faultScope: 'writes', ...switches });
const outbox = ({ open }: SendBench) => open.world.outbox.length;

const mail = (bench: SendBench, step: MachineMail['step'], change: Partial<MachineMail> = {}): MachineMail => ({
  connection: CONNECTION,
  threadId: bench.threadId,
  sink: 'hot',
  event: 'evt_1',
  repliedAt: bench.open.world.now(),
  step,
  ...change,
});
const forward = (to: readonly string[] = ['deals@team.example']): MachineMail['step'] => ({ kind: 'forward', to });

async function reply(bench: SendBench, text = 'Thank you, Jane. We shall be in touch.'): Promise<MachineMail['step']> {
  const { messages } = await bench.open.connection.threads.content(bench.threadId);
  const asked = messages.findLast(({ direction }) => direction === 'inbound');
  const answers = { message: asked?.id ?? '', sentAt: asked?.sentAt ?? 0 };
  return { kind: 'reply', text, template: 'Thank you, {{lead.firstName}}. We shall be in touch.', answers };
}

async function sent(bench: SendBench, wanted: MachineMail): Promise<StoredSend> {
  const { send } = await sendByMachine(bench.ports, wanted);
  return await bench.run(send.id);
}

const writes = (bench: SendBench, direction: 'inbound' | 'outbound', text: string) => {
  const [thread] = [...bench.open.world.threads.values()].filter(({ leadName }) => leadName === 'Lead 4');
  bench.open.world.addMessage(thread?.id ?? '', { direction, text, sentAt: bench.open.world.now() });
};

describe('a forward of an automation', () => {
  it('is one mail however often its delivery is tried, and wherever the step stands in the config', async () => {
    const bench = await sendBench('cohesive');
    const first = await sent(bench, mail(bench, forward(['b@team.example', 'A@team.example'])));
    expect(first.state).toBe('sent');
    const again = await sendByMachine(bench.ports, mail(bench, forward(['a@team.example', 'b@team.example'])));
    expect(again).toMatchObject({ kind: 'done', send: { id: first.id } });
    expect(outbox(bench)).toBe(1);
    expect((await sent(bench, mail(bench, forward(['c@team.example'])))).id).not.toBe(first.id);
  });

  it('that was accepted under a key of the first version is not sent once more', async () => {
    const bench = await sendBench('cohesive');
    const before = forwardOf(bench.threadId, { key: 'evt_1:hot:1', by: 'automation:hot' });
    const { send } = await acceptSend(bench.ports, before);
    await bench.run(send.id);
    expect(await sendByMachine(bench.ports, mail(bench, forward()))).toMatchObject({
      kind: 'done',
      send: { id: send.id },
    });
    expect(outbox(bench)).toBe(1);
  });

  it('goes out hours later, when the vendor or its mail server is back', async () => {
    const bench = await sendBench('cohesive');
    under(bench, { refusedRate: 1 });
    const wanted = mail(bench, forward());
    let last = await sent(bench, wanted);
    for (let hour = 0; hour < 20; hour += 1) {
      bench.wait(HOUR_MS);
      last = await bench.run(last.id);
    }
    expect(last.state).toBe('waiting');
    expect(await sendByMachine(bench.ports, wanted)).toMatchObject({ kind: 'open' });
    under(bench, { refusedRate: 0 });
    bench.wait(9 * HOUR_MS);
    expect((await bench.run(last.id)).state).toBe('sent');
    expect(outbox(bench)).toBe(1);
  });

  it('waits for a key that is missing, and ends with an event after three days', async () => {
    const bench = await sendBench('cohesive');
    const keys = bench.open.switches.cohesiveKeys;
    const wanted = mail(bench, forward());
    const { send } = await sendByMachine(bench.ports, wanted);
    Object.assign(bench.open.switches, { cohesiveKeys: {} });
    let last = await bench.run(send.id);
    expect(last.state).toBe('waiting');
    bench.wait(MINUTE_MS);
    Object.assign(bench.open.switches, { cohesiveKeys: keys });
    expect((await bench.run(send.id)).state).toBe('sent');

    const other = mail(bench, forward(['other@team.example']), { event: 'evt_2' });
    const { send: lost } = await sendByMachine(bench.ports, other);
    Object.assign(bench.open.switches, { cohesiveKeys: {} });
    for (let hour = 0; hour < 90 && last.state !== 'failed'; hour += 1) {
      bench.wait(HOUR_MS);
      last = await bench.run(lost.id);
    }
    expect(last.state).toBe('failed');
    expect(last.acceptedAt + 75 * HOUR_MS).toBe(last.tryUntil);
    expect(await sendByMachine(bench.ports, other)).toMatchObject({ kind: 'failed' });
    const { addresses } = await bench.ports.store.timeline(0, { limit: 50 });
    const events = await Promise.all(addresses.map((address) => bench.ports.store.get(address)));
    expect(
      events.map((event) => JSON.stringify(event?.value)).filter((text) => text.includes('"send.failed"')),
    ).toHaveLength(1);
  });
});

describe('a reply of an automation', () => {
  it('goes out once in a conversation, whatever the event and the template', async () => {
    const bench = await sendBench('coldsend');
    const first = await sent(bench, mail(bench, await reply(bench)));
    expect(first.state).toBe('sent');
    writes(bench, 'inbound', 'And what does it cost?');
    bench.wait(HOUR_MS);
    const second = mail(bench, await reply(bench, 'Other words of another template.'), { event: 'evt_2' });
    expect(await sendByMachine(bench.ports, second)).toMatchObject({ kind: 'skipped' });
    const upper = { ...second, event: 'evt_3', threadId: bench.threadId.toUpperCase() };
    expect(await sendByMachine(bench.ports, upper)).toMatchObject({ kind: 'skipped' });
    expect(outbox(bench)).toBe(1);
  });

  it('is not sent once somebody has answered, also when that was between two tries', async () => {
    const bench = await sendBench('coldsend');
    const wanted = mail(bench, await reply(bench));
    under(bench, { refusedRate: 1 });
    const waiting = await sent(bench, wanted);
    expect(waiting.state).toBe('waiting');
    under(bench, { refusedRate: 0 });
    writes(bench, 'outbound', 'Hello Jane, this is Maria. I shall call you.');
    bench.wait(MINUTE_MS);
    expect((await bench.run(waiting.id)).state).toBe('undone');
    expect(await sendByMachine(bench.ports, wanted)).toMatchObject({ kind: 'skipped', why: /somebody has answered/ });
    expect(outbox(bench)).toBe(0);
  });

  it('is not kept back by a forward to a colleague', async () => {
    const bench = await sendBench('cohesive');
    const wanted = mail(bench, await reply(bench));
    await sent(bench, mail(bench, forward()));
    bench.wait(MINUTE_MS);
    expect((await sent(bench, wanted)).state).toBe('sent');
  });

  it('is stopped by the kill switch and by a person', async () => {
    const bench = await sendBench('coldsend');
    const wanted = mail(bench, await reply(bench));
    const { send } = await sendByMachine(bench.ports, wanted);
    await undoSend(bench.ports, send.id, 'Jane');
    expect(await sendByMachine(bench.ports, wanted)).toMatchObject({ kind: 'skipped' });
    bench.limits = { ...bench.limits, off: true };
    await expect(sendByMachine(bench.ports, { ...wanted, event: 'evt_2' })).rejects.toMatchObject({
      kind: 'not-allowed',
    });
    expect(outbox(bench)).toBe(0);
  });

  it('waits for a reply of a person’s that is on its way, and then is not needed', async () => {
    const bench = await sendBench('coldsend');
    const wanted = mail(bench, await reply(bench));
    const { send: ours } = await acceptSend(bench.ports, replyTo(bench.threadId, { key: 'one' }));
    under(bench, { resetAfterRate: 1 });
    await bench.run(ours.id);
    under(bench, { resetAfterRate: 0 });
    const machine = await sent(bench, wanted);
    expect(machine.state).toBe('waiting');
    bench.wait(MINUTE_MS);
    await bench.run(ours.id);
    expect((await bench.run(machine.id)).state).toBe('undone');
  });
});
