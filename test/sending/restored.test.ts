import { describe, expect, it } from 'vitest';
import { acceptSend } from '../../shared/sending/accept.ts';
import { decideSend } from '../../shared/sending/decide.ts';
import { type MachineMail, sendByMachine } from '../../shared/sending/machine.ts';
import { markCopy, noteRestored, readCopy } from '../../shared/sending/restored.ts';
import { undoSend } from '../../shared/sending/undo.ts';
import { meaningOf } from '../../shared/sending/words.ts';
import { memoryStore } from '../../shared/store/memory.ts';
import type { Put, Store } from '../../shared/store/store.ts';
import { CONNECTION, forwardOf, replyTo, type SendBench, sendBench } from '../verify/sending/bench.ts';

const MINUTE_MS = 60_000;
const UNDO_MS = MINUTE_MS;

const outbox = ({ open }: SendBench) => open.world.outbox.length;

type Memory = ReturnType<typeof memoryStore>;
const memoryOf = (bench: SendBench) => bench.ports.store as Memory;

/** What `replybus backup` makes: all documents, and that they are a copy. */
async function copyOf(bench: SendBench): Promise<Memory> {
  const copy = memoryStore();
  for (const { version: _, ...document } of [...memoryOf(bench).items()]) await copy.put(document as Put, 0);
  await markCopy(copy, bench.ports.clock.now());
  return copy;
}

/** From now on the copy is what everything works on. */
async function restore(bench: SendBench, copy: Store): Promise<void> {
  Object.assign(bench.ports, { store: copy });
  await noteRestored(copy, bench.ports.clock.now());
}

const forwardFor = (bench: SendBench, repliedAt: number): MachineMail => ({
  connection: CONNECTION,
  threadId: bench.threadId,
  sink: 'hot',
  event: 'evt_1',
  repliedAt,
  step: { kind: 'forward', to: ['deals@team.example'] },
});

describe.each(['reply', 'forward'] as const)('a %s that waited when a copy was taken', (kind) => {
  const request = (bench: SendBench) =>
    kind === 'reply'
      ? replyTo(bench.threadId, { key: 'one', undoMs: UNDO_MS })
      : forwardOf(bench.threadId, { key: 'one', undoMs: UNDO_MS });

  /** Held back while the copy was taken, sent by the original, and then there is the copy. */
  async function restored() {
    const bench = await sendBench('cohesive');
    const { send } = await acceptSend(bench.ports, request(bench));
    const copy = await copyOf(bench);
    bench.wait(2 * UNDO_MS);
    expect((await bench.run(send.id)).state).toBe('sent');
    await restore(bench, copy);
    return { bench, id: send.id };
  }

  it('is asked about instead of being sent once more', async () => {
    const { bench, id } = await restored();
    const asked = await bench.run(id);
    expect([asked.state, outbox(bench)]).toEqual(['needs_decision', 1]);
    expect(meaningOf(asked)).toMatch(
      /^Not sent from here: this folder was restored from a copy of \d{4}-\d\d-\d\d \d\d:\d\d UTC, and the mail may have gone out since\. /,
    );
  });

  it('is asked about also after the time in which it was to be tried', async () => {
    const { bench, id } = await restored();
    bench.wait(80 * 60 * MINUTE_MS);
    expect((await bench.run(id)).state).toBe('needs_decision');
  });

  it('cannot be called back, since it may have left', async () => {
    const { bench, id } = await restored();
    await expect(undoSend(bench.ports, id, 'Jane')).rejects.toMatchObject({ kind: 'conflict' });
  });

  it('is never called not sent, whatever comes of a resend', async () => {
    const { bench, id } = await restored();
    await bench.run(id);
    await decideSend(bench.ports, id, 'resend', 'Jane');
    bench.limits = { ...bench.limits, off: true };
    expect((await bench.run(id)).state).toBe('needs_decision');
  });
});

describe('a folder that was restored', () => {
  it('sends what a person decides to send all the same', async () => {
    const bench = await sendBench('cohesive');
    const { send } = await acceptSend(bench.ports, forwardOf(bench.threadId, { key: 'one', undoMs: UNDO_MS }));
    const copy = await copyOf(bench);
    bench.wait(2 * UNDO_MS);
    await restore(bench, copy);
    await bench.run(send.id);
    await decideSend(bench.ports, send.id, 'resend', 'Jane');
    expect([(await bench.run(send.id)).state, outbox(bench)]).toEqual(['sent', 1]);
  });

  it('sends what is accepted in it', async () => {
    const bench = await sendBench('cohesive');
    const copy = await copyOf(bench);
    bench.wait(MINUTE_MS);
    await restore(bench, copy);
    const { send } = await acceptSend(bench.ports, replyTo(bench.threadId));
    expect((await bench.run(send.id)).state).toBe('sent');
  });

  it('asks about the steps of automations for replies from before the moment of restoring', async () => {
    const bench = await sendBench('cohesive');
    const copy = await copyOf(bench);
    bench.wait(MINUTE_MS);
    const wanted = forwardFor(bench, bench.ports.clock.now());
    const first = await sendByMachine(bench.ports, wanted);
    await bench.run(first.send.id);
    bench.wait(60 * MINUTE_MS);
    await restore(bench, copy);
    bench.wait(MINUTE_MS);
    const second = await sendByMachine(bench.ports, wanted);
    expect([(await bench.run(second.send.id)).state, outbox(bench)]).toEqual(['needs_decision', 1]);
  });

  it('carries out the steps of automations for later ones, however often it is started', async () => {
    const bench = await sendBench('cohesive');
    await restore(bench, await copyOf(bench));
    bench.wait(60 * MINUTE_MS);
    const wanted = forwardFor(bench, bench.ports.clock.now());
    bench.wait(60 * MINUTE_MS);
    await noteRestored(bench.ports.store, bench.ports.clock.now());
    const { send } = await sendByMachine(bench.ports, wanted);
    expect((await bench.run(send.id)).state).toBe('sent');
  });

  it('of a copy of a copy asks about what came between the two', async () => {
    const bench = await sendBench('cohesive');
    await restore(bench, await copyOf(bench));
    bench.wait(MINUTE_MS);
    const { send } = await acceptSend(bench.ports, replyTo(bench.threadId, { key: 'one', undoMs: UNDO_MS }));
    const second = await copyOf(bench);
    bench.wait(2 * UNDO_MS);
    await bench.run(send.id);
    await restore(bench, second);
    expect([(await bench.run(send.id)).state, outbox(bench)]).toEqual(['needs_decision', 1]);
  });

  it('is one only from the moment something acts on it: a copy that is read stays a copy', async () => {
    const bench = await sendBench('cohesive');
    const copy = await copyOf(bench);
    const before = [...copy.items()];
    expect(await readCopy(copy)).toEqual({ takenAt: bench.ports.clock.now() });
    expect([...copy.items()]).toEqual(before);
  });
});
