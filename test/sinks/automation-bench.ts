import { starrerFor } from '../../shared/acting/stars.ts';
import type { Event } from '../../shared/events/event.ts';
import { ProviderError } from '../../shared/failure.ts';
import { deliverDue } from '../../shared/outbox/deliver.ts';
import { readEventLog } from '../../shared/outbox/outbox.ts';
import { recordEvent } from '../../shared/outbox/record.ts';
import type { Sink } from '../../shared/outbox/sink.ts';
import type { Connection, Forwarder, Forwarding } from '../../shared/provider.ts';
import { providerNamed } from '../../shared/providers/index.ts';
import type { SendingLimits, SendingPorts } from '../../shared/sending/ports.ts';
import { runSend } from '../../shared/sending/run.ts';
import type { StoredSend } from '../../shared/sending/send.ts';
import type { SinkFilter } from '../../shared/sinks/filter.ts';
import { isSendAddress } from '../../shared/store/keys.ts';
import { memoryStore } from '../../shared/store/memory.ts';
import type { Put, Store } from '../../shared/store/store.ts';
import { replyEvent } from '../outbox/world.ts';
import { NOW, sandboxed } from '../providers/sandboxed.ts';
import { opened as openedSink } from './opened.ts';

export const MINUTE = 60_000;
export const DAY = 24 * 60 * MINUTE;
export const DEALS = 'deals@acme.example';
const LIMITS: SendingLimits = { off: false, perDay: 500, perConversationPerDay: 20 };

const unreachable = () =>
  new ProviderError(
    { kind: 'unavailable', mayHaveHappened: false, code: 'refused' },
    { provider: 'The mail server', operation: 'forward' },
  );

/** Stands for the owner's mail server where the vendor has no forward of its own. */
function mailServer(posted: Forwarding[], isDown: () => boolean): Forwarder {
  return {
    takes: { copies: true, attachments: { by: 'content', countMax: 5, bytesMax: 1_000 } },
    takesNote: true,
    shows: 'never',
    prepare: async (forwarding) => ({
      post: async () => {
        if (isDown()) throw unreachable();
        posted.push(forwarding);
        return {};
      },
    }),
  };
}

export interface BenchOptions {
  readonly steps: readonly object[];
  readonly filter?: SinkFilter;
  readonly limits?: Partial<SendingLimits>;
}

/** One automation on one connection against the sandbox, with the deliveries and sends that are due run by hand. */
export async function bench(vendor: 'cohesive' | 'coldsend', { steps, filter = {}, limits = {} }: BenchOptions) {
  const provider = providerNamed(vendor);
  if (!provider) throw new Error('no provider');
  const state = { now: NOW, puts: 0, failPut: 0, failAfter: false, mailDown: false };
  const box = sandboxed(provider, () => state.now);
  const memory = memoryStore();
  const posted: Forwarding[] = [];
  const clock = { now: () => state.now, sleep: async () => {} };
  const log = { info: () => {}, warn: () => {} };
  const random = () => 0.5;

  const put = async (document: Put, expected: number) => {
    state.puts += 1;
    const fails = state.puts === state.failPut;
    if (fails && !state.failAfter) throw new Error('the store is gone');
    const done = await memory.put(document, expected);
    if (fails) throw new Error('the store is gone');
    return done;
  };
  const store: Store = { ...memory, put };

  const threads = (await box.connection.threads.list({})).threads;
  let owners = 0;
  const currentLimits = { ...LIMITS, ...limits };
  const sendingOf = (connection: Connection): SendingPorts => {
    const forwards = connection.forwards ?? mailServer(posted, () => state.mailDown);
    const connections = [{ id: 'acme', connection, forwards, limits: currentLimits }];
    const newOwner = () => {
      owners += 1;
      return `owner ${owners}`;
    };
    return { store, clock, random, log, connections, newOwner, fetchFile: async () => ({ contentBase64: '' }) };
  };
  const sending = sendingOf(box.connection);

  /** As a process makes it when it starts. */
  const newSink = (change: Partial<BenchOptions> = {}): Sink => {
    const starrer = starrerFor({ store, clock }, 'acme', box.connection);
    const starrers = (id: string) => (id === 'acme' ? starrer : undefined);
    const config = { id: 'hot', type: 'automation', do: change.steps ?? steps, ...(change.filter ?? filter) };
    return openedSink(config, { automation: { sending, starrer: starrers, wake: (id) => void woken.push(id) } });
  };
  const woken: string[] = [];
  let sink = newSink();

  const sends = () => [...memory.items()].filter(isSendAddress).map(({ value }) => value as unknown as StoredSend);

  return {
    ...box,
    store,
    state,
    woken,
    sends,
    newSink,
    sendingOf,
    threads,
    threadId: (at = 0) => threads[at]?.id ?? '',
    eventOf: (name: string, at = 0, more: Parameters<typeof replyEvent>[2] = {}): Event => {
      const event = replyEvent(name, state.now, more);
      if (event.type !== 'reply.received') throw new Error('another event');
      return { ...event, data: { ...event.data, thread: { ...event.data.thread, id: `acme/${threads[at]?.id}` } } };
    },
    record: async (id: string, event: Event) => {
      await recordEvent({ store: memory, now: clock.now }, id, event, 'acme');
    },
    /** What came of the event at the automation. */
    delivery: async (id: string) => (await readEventLog(memory, id))?.deliveries?.hot,
    restart: (change: Partial<BenchOptions> = {}) => {
      sink = newSink(change);
    },
    deliver: () => deliverDue({ store, sinks: [sink], clock, random, log }, { limit: 100 }),
    runSends: async () => {
      for (const address of (await memory.due(state.now, 100)).filter(isSendAddress))
        await runSend(sending, address.partition.slice('SEND#'.length));
    },
    /** Changed as the config is. */
    limits: currentLimits as { off: boolean },
    /** Replies that truly went out, their words. */
    replied: (): readonly string[] =>
      box.world.outbox.filter(({ kind }) => kind === 'reply').map(({ text, html }) => text || html),
    /** Mails that were truly forwarded, to whom. */
    forwarded: (): readonly (readonly string[])[] => [
      ...posted.map(({ to }) => to),
      ...box.world.outbox.filter(({ kind }) => kind === 'forward').map(({ to }) => to),
    ],
    isStarred: async (at = 0): Promise<boolean> => {
      const thread = threads[at];
      if (!thread) return false;
      if (!box.connection.stars) return (await memory.get({ partition: 'STARS#acme', key: thread.key })) !== undefined;
      return box.world.thread(thread.id)?.starred ?? false;
    },
  };
}
export type Bench = Awaited<ReturnType<typeof bench>>;

/** Time passes, and what is due is delivered and sent, until nothing of the automation is pending. */
export async function settle(opened: Bench, rounds = 12, step = 10 * MINUTE): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    await opened.deliver();
    await opened.runSends();
    opened.state.now += step;
  }
}
