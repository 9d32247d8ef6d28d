import { type Event, eventId } from '../events/event.ts';
import type { Instant } from '../model.ts';
import { disabledSinks, enableSink } from '../outbox/disabled.ts';
import { type Replay, type Replayed, replay } from '../outbox/replay.ts';
import { failureText, type Outcome, type Sink } from '../outbox/sink.ts';
import { countAgain } from '../stats/days.ts';
import { dayNumber } from '../store/keys.ts';
import type { ApiDeps } from './deps.ts';
import { ApiProblem, quoted } from './problem.ts';
import type { ReplayView, SinkTestView, SinkView } from './shapes.ts';

function sinkNamed({ sinks }: ApiDeps, id: string): Sink {
  const found = sinks.find((sink) => sink.id === id);
  if (found) return found;
  const known = sinks.map((sink) => sink.id).join(', ') || 'none';
  throw new ApiProblem('not-found', `There is no sink ${quoted(id)}; the config names: ${known}.`);
}

/** Replays, and has what becomes of it counted. */
async function replayAndCount(deps: ApiDeps, what: Replay): Promise<Replayed> {
  const days = new Set<number>();
  const done = await replay({ ...deps, began: ({ recordedAt }) => days.add(dayNumber(recordedAt)) }, what);
  await countAgain(deps.store, days, deps.clock.now());
  return done;
}

const to = (sink: string | undefined) => (sink === undefined ? {} : { sink });

export async function replayOne(deps: ApiDeps, event: string, sink: string | undefined): Promise<ReplayView> {
  if (sink !== undefined) sinkNamed(deps, sink);
  const { replayed, gone } = await replayAndCount(deps, { event, ...to(sink) });
  if (gone > 0) {
    const detail = `There is no event ${quoted(event)}, or its body is gone; bodies are kept 90 days.`;
    throw new ApiProblem('not-found', detail);
  }
  deps.wake();
  return { replayed };
}

export async function replayFailed(deps: ApiDeps, failedSince: Instant, sink: string | undefined): Promise<ReplayView> {
  if (sink !== undefined) sinkNamed(deps, sink);
  const { replayed } = await replayAndCount(deps, { failedSince, ...to(sink) });
  deps.wake();
  return { replayed };
}

/** Those of the config; webhooks made at run time are subscriptions. */
export async function sinkViews(deps: ApiDeps): Promise<readonly SinkView[]> {
  const off = await disabledSinks(deps);
  return deps.sinks.map(({ id, type, actsOnOld }) => {
    const reason = off.get(id);
    const offBecause = reason === undefined ? null : failureText(reason);
    return { id, type, off: reason !== undefined, offBecause, takesSample: actsOnOld };
  });
}

/** Nothing in it is anybody's: a receiver may log it. */
function sample(now: Instant): Event {
  const timestamp = new Date(now).toISOString();
  const lead = { email: 'lead@example.com', name: 'Sample Lead' };
  const message = {
    id: 'sample-message',
    isFirst: true,
    mailbox: 'you@example.com',
    from: lead,
    to: [{ email: 'you@example.com', name: null }],
    cc: [],
    bcc: [],
    subject: 'A sample from Replybus',
    preview: 'This is a test of your sink.',
    text: 'This is a test of your sink.',
    html: null,
    sentAt: timestamp,
    attachments: [],
  };
  const thread = {
    id: 'sample/thread',
    subject: message.subject,
    intent: null,
    interested: false,
    starred: null,
    read: null,
    tags: [],
    preview: message.preview,
    lastActivityAt: timestamp,
    messageCount: 1,
  };
  const data = { connection: 'sample', provider: 'sample', campaign: null, lead, thread, message, vendor: {} };
  return { type: 'reply.received', timestamp, data };
}

const errorOf = (outcome: Outcome) => ('error' in outcome ? outcome.error : 'not yet');

export async function testSink(deps: ApiDeps, id: string): Promise<SinkTestView> {
  const sink = sinkNamed(deps, id);
  if (!sink.actsOnOld) {
    const detail = `The sink ${id} acts on threads instead of telling somebody, so there is no sample it could take.`;
    throw new ApiProblem('unsupported', detail);
  }
  const now = deps.clock.now();
  const outcome = await sink.deliver(eventId('reply.received', 'sample', id, String(now)), sample(now), 1);
  const delivered = outcome.kind === 'delivered' || outcome.kind === 'skip';
  // A receiver that takes the sample has come back: a sink that its answer switched off is on again.
  if (delivered) await enableSink(deps.store, id);
  const detail = delivered
    ? `The sink ${id} took a sample event.`
    : `The sink ${id} did not take a sample event (${errorOf(outcome)}); check its URL and what its receiver logs.`;
  return { sink: id, delivered, detail };
}
