import { setRead } from '../acting/read-marks.ts';
import type { Event } from '../events/event.ts';
import { type Failure, ProviderError } from '../failure.ts';
import type { Outcome, Sink } from '../outbox/sink.ts';
import type { Starrer } from '../provider.ts';
import { acceptSend } from '../sending/accept.ts';
import type { SendingConnection, SendingPorts } from '../sending/ports.ts';
import { SendRefusal } from '../sending/refusal.ts';
import { accepts, type SinkFilter } from './filter.ts';

export type AutomationStep =
  | { readonly star: boolean }
  | { readonly read: boolean }
  | { readonly forward: readonly string[] };

export interface AutomationSettings {
  readonly id: string;
  readonly filter: SinkFilter;
  readonly steps: readonly AutomationStep[];
}

export interface AutomationPorts {
  readonly sending: SendingPorts;
  /** A connection's setter of stars. */
  readonly starrer: (connection: string) => Starrer | undefined;
  /** Runs the send soon; it is stored already, and due. */
  readonly wake: (sendId: string) => void;
}

type ReplyEvent = Extract<Event, { type: 'reply.received' | 'reply.interested' }>;

const isReply = (event: Event): event is ReplyEvent =>
  event.type === 'reply.received' || event.type === 'reply.interested';

/** An interested reply is told twice, as received and as interested: whoever names no type wants to act once. */
function narrowed(filter: SinkFilter): SinkFilter {
  return { events: [filter.interested ? 'reply.interested' : 'reply.received'], ...filter };
}

interface Task {
  readonly settings: AutomationSettings;
  readonly ports: AutomationPorts;
  readonly eventId: string;
  readonly connection: SendingConnection;
  readonly threadId: string;
}

/** The same key whenever it is tried again, so that the mail is accepted once. */
async function forward({ settings, ports, eventId, connection, threadId }: Task, step: number, to: readonly string[]) {
  const { send } = await acceptSend(ports.sending, {
    kind: 'forward',
    connection: connection.id,
    threadId,
    to,
    cc: [],
    bcc: [],
    attachments: [],
    key: `${eventId}:${settings.id}:${step}`,
    by: `automation:${settings.id}`,
  });
  ports.wake(send.id);
}

async function carryOut(task: Task, index: number, step: AutomationStep): Promise<Outcome> {
  const { connection, threadId, ports } = task;
  try {
    if ('forward' in step) await forward(task, index, step.forward);
    else if ('read' in step) await setRead(connection.connection, threadId, step.read);
    else {
      const starrer = ports.starrer(connection.id);
      if (!starrer) return NO_CONNECTION;
      await starrer.setStarred(threadId, step.star);
    }
    return { kind: 'delivered' };
  } catch (error) {
    if (error instanceof ProviderError) return later(error.failure);
    if (!(error instanceof SendRefusal)) throw error;
    // The step's mail was accepted before the config named others.
    return error.kind === 'conflict' ? { kind: 'delivered' } : { kind: 'retry', error: error.kind };
  }
}

const NO_CONNECTION: Outcome = { kind: 'retry', error: 'no such connection' };

/**
 * A definite no is tried again too: a person can add the scope or the mail server that is missing, and what nobody mends
 * ends parked, where it is seen.
 */
function later(failure: Failure): Outcome {
  return failure.kind === 'throttled'
    ? { kind: 'retry', error: failure.kind, afterMs: failure.retryAfterMs }
    : { kind: 'retry', error: failure.kind };
}

/** Every step is tried, also after one that failed: a star must not hold up a forward. The first failure is told. */
async function act(task: Task): Promise<Outcome> {
  let worst: Outcome = { kind: 'delivered' };
  for (const [index, step] of task.settings.steps.entries()) {
    const outcome = await carryOut(task, index, step);
    if (worst.kind === 'delivered') worst = outcome;
  }
  return worst;
}

/** Stars, marks and forwards the threads of replies. Each step can be repeated without harm, so a retry repeats them all. */
export function automationSink(settings: AutomationSettings, ports: AutomationPorts): Sink {
  const filter = narrowed(settings.filter);
  return {
    id: settings.id,
    type: 'automation',
    actsOnOld: false,
    accepts: (event) => isReply(event) && accepts(filter, event),
    async deliver(eventId, event) {
      if (!isReply(event)) return { kind: 'skip' };
      const { connection: name, thread } = event.data;
      const connection = ports.sending.connections.find(({ id }) => id === name);
      if (!connection) return NO_CONNECTION;
      // What the event calls a thread is CONNECTION/THREAD.
      const threadId = thread.id.slice(name.length + 1);
      return await act({ settings, ports, eventId, connection, threadId });
    },
  };
}
