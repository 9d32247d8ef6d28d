import * as z from 'zod/mini';
import { setRead } from '../acting/read-marks.ts';
import type { Event, EventType } from '../events/event.ts';
import { type Failure, ProviderError, UserError } from '../failure.ts';
import { address } from '../fields.ts';
import type { Outcome } from '../outbox/sink.ts';
import type { Provider } from '../provider.ts';
import { acceptSend } from '../sending/accept.ts';
import type { SendingConnection } from '../sending/ports.ts';
import { checkRecipients, RECIPIENTS_MAX } from '../sending/recipients.ts';
import { SendRefusal } from '../sending/refusal.ts';
import { defineSink, type Surroundings } from './define-sink.ts';
import type { LooseFilter, SinkFilter } from './filter.ts';
import type { AutomationPorts } from './ports.ts';

const Step = z.union([
  z.strictObject({ star: z.boolean() }),
  z.strictObject({ read: z.boolean() }),
  z.strictObject({ forward: z.array(address()).check(z.minLength(1, 'must name at least one address')) }),
]);
type Step = z.infer<typeof Step>;

type ReplyEvent = Extract<Event, { type: 'reply.received' | 'reply.interested' }>;

const isReply = (event: Event): event is ReplyEvent =>
  event.type === 'reply.received' || event.type === 'reply.interested';

const ACTED_ON: readonly string[] = ['reply.received', 'reply.interested'];

/** Replies alone. An interested one is told twice, as received and as interested: whoever names no type wants to act once. */
function narrow(filter: SinkFilter): SinkFilter {
  const once: readonly EventType[] = [filter.interested ? 'reply.interested' : 'reply.received'];
  return { ...filter, events: filter.events?.filter((type) => ACTED_ON.includes(type)) ?? once };
}

interface Task {
  readonly sink: string;
  readonly steps: readonly Step[];
  readonly ports: AutomationPorts;
  readonly eventId: string;
  readonly connection: SendingConnection;
  readonly threadId: string;
}

/** The same key whenever it is tried again, so that the mail is accepted once. */
async function forward({ sink, ports, eventId, connection, threadId }: Task, step: number, to: readonly string[]) {
  const { send } = await acceptSend(ports.sending, {
    kind: 'forward',
    connection: connection.id,
    threadId,
    to,
    cc: [],
    bcc: [],
    attachments: [],
    key: `${eventId}:${sink}:${step}`,
    by: `automation:${sink}`,
  });
  ports.wake(send.id);
}

async function carryOut(task: Task, index: number, step: Step): Promise<Outcome> {
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
  for (const [index, step] of task.steps.entries()) {
    const outcome = await carryOut(task, index, step);
    if (worst.kind === 'delivered') worst = outcome;
  }
  return worst;
}

/** Why connections of this provider cannot carry the step out; undefined when they can. */
function obstacle({ label, supports }: Pick<Provider, 'label' | 'supports'>, hasMailServer: boolean, step: Step) {
  if ('read' in step && !supports.has('readMarks')) return `${label} has no read marks`;
  if (!('forward' in step) || supports.has('forwards') || hasMailServer) return undefined;
  return `${label} has no forward of its own and the config has no "forwarding" with your mail server`;
}

function checkForward(to: readonly string[], where: string): void {
  const checked = checkRecipients('forward', to);
  if ('problem' in checked) throw new UserError(`${where}: ${checked.problem}`);
  if (checked.addresses.length > RECIPIENTS_MAX)
    throw new UserError(`${where}: a mail goes to at most ${RECIPIENTS_MAX} people; take some out.`);
}

function checkEvents({ events }: LooseFilter, where: string): void {
  const strange = events?.find((type) => !ACTED_ON.includes(type));
  if (strange === undefined) return;
  throw new UserError(
    `${where}.events: an automation acts on replies, so "${strange}" never reaches it; name ${ACTED_ON.join(' or ')}.`,
  );
}

/** Refuses an automation that could never work, and warns of connections of which it would not. */
function check(settings: { readonly do: readonly Step[] } & LooseFilter, around: Surroundings): void {
  checkEvents(settings, around.where);
  const named = settings.connections ?? ['*'];
  const meant = around.connections.filter(({ id }) => named.includes('*') || named.includes(id));
  for (const [index, step] of settings.do.entries()) {
    const here = `${around.where}.do[${index}]`;
    if ('forward' in step) checkForward(step.forward, here);
    const obstacles = meant.map(({ id, provider }) => ({ id, why: obstacle(provider, around.hasMailServer, step) }));
    const stuck = obstacles.filter(({ why }) => why !== undefined);
    const [first] = stuck;
    if (!first) continue;
    if (stuck.length === obstacles.length)
      throw new UserError(`${here}: this can never work, because ${first.why}; change it or take it out.`);
    for (const { id, why } of stuck) around.warn(`${here}: replies of "${id}" are left alone by it, because ${why}.`);
  }
}

/** Stars, marks and forwards the threads of replies. Each step can be repeated without harm, so a retry repeats them all. */
export const automation = defineSink({
  type: 'automation',
  summary: 'stars, marks read and forwards the thread of each reply that its filter lets pass',
  fields: { do: z.array(Step).check(z.minLength(1, 'must hold at least one action')) },
  says: { do: 'the steps, in order: `{ "star": true }`, `{ "read": true }`, `{ "forward": ["…"] }`' },
  actsOnOld: false,
  check,
  narrow,
  open: ({ id: sink, settings: { do: steps } }, { automation: ports }) => ({
    async deliver(eventId, event) {
      if (!isReply(event)) return { kind: 'skip' };
      const { connection: name, thread } = event.data;
      const connection = ports.sending.connections.find(({ id }) => id === name);
      if (!connection) return NO_CONNECTION;
      // What the event calls a thread is CONNECTION/THREAD.
      const threadId = thread.id.slice(name.length + 1);
      return await act({ sink, steps, ports, eventId, connection, threadId });
    },
  }),
});
