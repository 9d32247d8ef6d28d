import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { setRead } from '../acting/read-marks.ts';
import type { Event, EventType, ReplyData } from '../events/event.ts';
import { type Failure, ProviderError, UserError } from '../failure.ts';
import { address } from '../fields.ts';
import type { Outcome } from '../outbox/sink.ts';
import type { Provider } from '../provider.ts';
import { type MachineMail, sendByMachine } from '../sending/machine.ts';
import type { SendingConnection } from '../sending/ports.ts';
import { checkRecipients, RECIPIENTS_MAX } from '../sending/recipients.ts';
import { SendRefusal } from '../sending/refusal.ts';
import { defineSink, type Surroundings } from './define-sink.ts';
import type { LooseFilter, SinkFilter } from './filter.ts';
import type { AutomationPorts } from './ports.ts';
import { fillIn, templateTrouble } from './template.ts';

const TEMPLATE_MAX = 20_000;

/** Words with places for what is known of the lead; a name that there is not is found when the config is read. */
const Template = z
  .string()
  .check(
    z.regex(/\S/, 'must not be empty'),
    z.maxLength(TEMPLATE_MAX, `must be at most ${TEMPLATE_MAX} characters`),
    ({ value, issues }) => {
      const message = templateTrouble(value);
      if (message !== undefined) issues.push({ code: 'custom', input: value, message });
    },
  );

const Forward = z
  .array(address())
  .check(z.minLength(1, 'must name at least one address'), z.meta({ uniqueItems: true }));

const Step = z.union(
  [
    z.strictObject({ star: z.boolean() }),
    z.strictObject({ read: z.boolean() }),
    z.strictObject({ forward: Forward }),
    z.strictObject({ reply: Template }),
  ],
  'must be one action (star, read, forward or reply), with a step of its own for each',
);
type Step = z.infer<typeof Step>;
type MailStep = Extract<Step, { forward: unknown } | { reply: unknown }>;

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
  readonly ports: AutomationPorts;
  readonly eventId: string;
  readonly data: ReplyData;
  readonly connection: SendingConnection;
  readonly threadId: string;
}

/** How one step stands. A step is done when its mail has come to its end, whatever that was: its end is told by an event. */
type Standing =
  | { readonly kind: 'done' }
  | { readonly kind: 'open'; readonly afterMs: number }
  | { readonly kind: 'retry'; readonly error: string; readonly afterMs?: number };

const DONE: Standing = { kind: 'done' };
const NO_CONNECTION_ERROR = 'no such connection';
const NO_CONNECTION: Standing = { kind: 'retry', error: NO_CONNECTION_ERROR };

function mailOf({ data }: Task, step: MailStep): MachineMail['step'] {
  if ('forward' in step) return { kind: 'forward', to: step.forward };
  const answers = { message: data.message.id, sentAt: Date.parse(data.message.sentAt) };
  return { kind: 'reply', text: fillIn(step.reply, data), template: step.reply, answers };
}

/** The same mail, however often it is asked for. One that a person has to decide about was told to a person. */
async function send(task: Task, step: MailStep): Promise<Standing> {
  const { sink, eventId: event, connection, threadId, ports } = task;
  const repliedAt = Date.parse(task.data.message.sentAt);
  const mail = { connection: connection.id, threadId, sink, event, repliedAt, step: mailOf(task, step) };
  const outcome = await sendByMachine(ports.sending, mail);
  if (outcome.kind !== 'open' || outcome.send.state === 'needs_decision') return DONE;
  ports.wake(outcome.send.id);
  return { kind: 'open', afterMs: outcome.checkAfterMs };
}

/** What its connection cannot do at all is left alone, as was said when the config was read. */
async function carryOut(task: Task, step: Step): Promise<Standing> {
  const { connection, threadId, ports } = task;
  try {
    if ('forward' in step || 'reply' in step) return await send(task, step);
    if ('read' in step) await setRead(connection.connection, threadId, step.read);
    else {
      const starrer = ports.starrer(connection.id);
      if (!starrer) return NO_CONNECTION;
      await starrer.setStarred(threadId, step.star);
    }
    return DONE;
  } catch (error) {
    if (error instanceof ProviderError) return error.failure.kind === 'unsupported' ? DONE : later(error.failure);
    if (error instanceof SendRefusal) return error.kind === 'unsupported' ? DONE : { kind: 'retry', error: error.kind };
    throw error;
  }
}

/**
 * A definite no is tried again too: a person can add the scope that is missing, and what nobody mends
 * ends parked, where it is seen.
 */
function later(failure: Failure): Standing {
  return failure.kind === 'throttled'
    ? { kind: 'retry', error: failure.kind, afterMs: failure.retryAfterMs }
    : { kind: 'retry', error: failure.kind };
}

/** Names a step by what it does, wherever it stands. */
const nameOf = (step: Step) => createHash('sha256').update(JSON.stringify(step)).digest('hex').slice(0, 16);

/**
 * Every step is tried, also after one that failed: a star must not hold up a forward. What is done is not done again. The
 * first failure is told; without one it is looked at again when the first mail that is on its way may have ended.
 */
async function act(task: Task, steps: readonly Step[], before: readonly string[]): Promise<Outcome> {
  const done = [...before];
  let failed: Extract<Standing, { kind: 'retry' }> | undefined;
  let openMs: number | undefined;
  for (const step of steps.filter((each) => !before.includes(nameOf(each)))) {
    const standing = await carryOut(task, step);
    if (standing.kind === 'done') done.push(nameOf(step));
    else if (standing.kind === 'retry') failed ??= standing;
    else openMs = Math.min(openMs ?? standing.afterMs, standing.afterMs);
  }
  if (failed) return { ...failed, done };
  return openMs === undefined ? { kind: 'delivered' } : { kind: 'open', afterMs: openMs, done };
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
  for (const kind of ['star', 'read'])
    if (settings.do.filter((step) => kind in step).length > 1)
      throw new UserError(`${around.where}.do: a thread ends up in one way; keep one "${kind}".`);
  if (settings.do.filter((step) => 'reply' in step).length > 1)
    throw new UserError(`${around.where}.do: an automation replies once in a conversation; keep one "reply".`);
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

/** Stars, marks, forwards and answers the threads of replies. */
export const automation = defineSink({
  type: 'automation',
  summary: 'stars, marks read, forwards or answers the thread of each reply that its filter lets pass',
  fields: { do: z.array(Step).check(z.minLength(1, 'must hold at least one action')) },
  says: {
    do: 'the steps: `{ "star": true }`, `{ "read": true }`, `{ "forward": ["…"] }`, `{ "reply": "Hi {{lead.firstName}}, …" }`',
  },
  actsOnOld: false,
  check,
  narrow,
  open: ({ id: sink, settings: { do: steps } }, { automation: ports }) => ({
    async deliver(eventId, event, _attempt, done = []) {
      if (!isReply(event)) return { kind: 'skip' };
      const { data } = event;
      const connection = ports.sending.connections.find(({ id }) => id === data.connection);
      if (!connection) return { kind: 'retry', error: NO_CONNECTION_ERROR, done };
      // What the event calls a thread is CONNECTION/THREAD.
      const threadId = data.thread.id.slice(data.connection.length + 1);
      return await act({ sink, ports, eventId, data, connection, threadId }, steps, done);
    },
  }),
});
