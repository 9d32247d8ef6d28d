import { describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../adapters/node/clock.ts';
import { openWorker } from '../../shared/app/work.ts';
import { eventId } from '../../shared/events/event.ts';
import { recordEvent } from '../../shared/outbox/record.ts';
import type { Worker } from '../../shared/outbox/worker.ts';
import type { Connection } from '../../shared/provider.ts';
import { acceptSend } from '../../shared/sending/accept.ts';
import type { SendingPorts } from '../../shared/sending/ports.ts';
import { sendAddress } from '../../shared/store/keys.ts';
import { memoryStore } from '../../shared/store/memory.ts';
import type { Store } from '../../shared/store/store.ts';

const log = { info: () => {}, warn: () => {} };
const AT_ONCE = 8;

/** A vendor whose readings and posts wait until they are let go. */
function bench(change: (store: Store) => Partial<Store> = () => ({})) {
  const memory = memoryStore();
  const store: Store = { ...memory, ...change(memory) };
  const posts: string[] = [];
  const delivered: string[] = [];
  const reading = new Set<string>();
  const gates = { read: Promise.resolve(), post: Promise.resolve(), deliver: Promise.resolve() };
  let readingMost = 0;
  const content = async (threadId: string) => {
    if (reading.has(threadId)) throw new Error('two runs of one send at a time');
    if (threadId.startsWith('broken')) throw new Error('unexpected');
    reading.add(threadId);
    readingMost = Math.max(readingMost, reading.size);
    await gates.read;
    reading.delete(threadId);
    return { messages: [], unreadable: [], campaign: null };
  };
  const post = (threadId: string) => async () => {
    await gates.post;
    posts.push(threadId);
    return {};
  };
  const connection = {
    provider: { id: 'fake', label: 'Fake' },
    threads: { keyOf: (id: string) => id, content },
    replies: {
      takes: { copies: true, attachments: { by: 'url' } },
      prepare: async ({ threadId }: { threadId: string }) => ({ post: post(threadId) }),
    },
  } as unknown as Connection;
  const limits = { off: false, perDay: 500, perConversationPerDay: 20 };
  const sending: SendingPorts = {
    store,
    clock: systemClock,
    random: Math.random,
    log,
    connections: [{ id: 'fake', connection, limits }],
    newOwner: () => crypto.randomUUID(),
    fetchFile: async () => ({ contentBase64: '' }),
  };
  const sink = {
    id: 'sink',
    type: 'fake',
    actsOnOld: true,
    accepts: () => true,
    async deliver(id: string) {
      await gates.deliver;
      delivered.push(id);
      return { kind: 'delivered' } as const;
    },
  };
  const delivery = { store, sinks: [sink], clock: systemClock, random: Math.random, log };
  return {
    worker: openWorker({ delivery, sending }),
    memory,
    posts,
    delivered,
    gates,
    most: () => readingMost,
    async accept(threadId: string) {
      const words = { kind: 'reply', text: 'Some words.', cc: [], bcc: [], attachments: [], by: 'test' } as const;
      return (await acceptSend(sending, { ...words, connection: 'fake', threadId, key: threadId })).send.id;
    },
    async record(name: string) {
      const timestamp = new Date().toISOString();
      const data = { sink: 'other', episode: name, reason: 'gone' };
      const ports = { store, now: () => Date.now() };
      await recordEvent(ports, eventId('sink.disabled', name), { type: 'sink.disabled', timestamp, data }, '');
    },
  };
}

function gate(): { readonly closed: Promise<void>; open(): void } {
  let open = () => {};
  const closed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { closed, open };
}

/** Runs the worker while `work` goes on, and waits for its end. */
async function running(worker: Worker, work: () => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const end = worker.run(stop.signal);
  await work();
  stop.abort();
  await end;
}

const names = (count: number, name: string) => Array.from({ length: count }, (_, index) => `${name}${index}`);

describe('the worker', () => {
  it('runs several sends at once, each of them once at a time', async () => {
    const { worker, gates, posts, accept, most } = bench();
    const { closed, open } = gate();
    gates.read = closed;
    const ids = await Promise.all(names(20, 'thread').map(accept));
    await running(worker, async () => {
      for (const id of [...ids, ...ids]) worker.urge(sendAddress(id));
      await vi.waitFor(() => expect(most()).toBe(AT_ONCE));
      open();
      await vi.waitFor(() => expect(new Set(posts).size).toBe(20));
    });
    expect(most()).toBe(AT_ONCE);
    expect(posts).toHaveLength(20);
  });

  it('goes on when one send throws what nobody expected', async () => {
    const { worker, posts, accept } = bench();
    await Promise.all(['broken', ...names(3, 'thread')].map(accept));
    await running(worker, async () => {
      await vi.waitFor(() => expect(posts).toHaveLength(3));
    });
  });

  it('delivers events while more sends hang than the index is read for', async () => {
    const { worker, gates, delivered, accept, record } = bench();
    const { closed, open } = gate();
    gates.read = closed;
    await Promise.all(names(150, 'thread').map(accept));
    await record('late');
    await running(worker, async () => {
      await vi.waitFor(() => expect(delivered).toHaveLength(1));
      open();
    });
  });

  it('posts sends while more events hang than are delivered at once', async () => {
    const { worker, gates, posts, accept, record } = bench();
    const { closed, open } = gate();
    gates.deliver = closed;
    await Promise.all(names(150, 'event').map(record));
    await accept('late');
    await running(worker, async () => {
      await vi.waitFor(() => expect(posts).toEqual(['late']));
      open();
    });
  });

  it('delivers what is due behind any number of documents that nobody can read, and leaves those as they are', async () => {
    const { worker, memory, delivered, record } = bench();
    for (const kind of ['event', 'delivery#sink', 'send']) {
      for (let n = 0; n < 150; n += 1) {
        const partition = kind === 'send' ? `SEND#snd_${n}` : `EVENT#evt_${kind.slice(0, 1)}${n}`;
        await memory.put({ partition, key: kind, value: { spoiled: 'yes' }, dueAt: 1 }, 0);
      }
    }
    await record('late');
    await running(worker, async () => {
      await vi.waitFor(() => expect(delivered).toHaveLength(1), { timeout: 5_000 });
    });
    const left = await memory.due(1, 1_000);
    expect(left).toHaveLength(450);
  });

  it('ends when the post that was under way has ended, and begins no other', async () => {
    const { worker, gates, posts, accept } = bench();
    const { closed, open } = gate();
    gates.post = closed;
    await Promise.all(names(20, 'thread').map(accept));
    const stop = new AbortController();
    let ended = false;
    const end = worker.run(stop.signal).then(() => {
      ended = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    stop.abort();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(ended).toBe(false);
    open();
    await end;
    expect(posts).toHaveLength(AT_ONCE);
  });

  it('drains what is due and ends, also when something stays due', async () => {
    const { worker, posts, delivered, accept, record } = bench();
    await Promise.all(['broken', ...names(120, 'thread')].map(accept));
    await Promise.all(names(120, 'event').map(record));
    await worker.drain();
    expect([posts.length, delivered.length]).toEqual([120, 120]);
  });
});
