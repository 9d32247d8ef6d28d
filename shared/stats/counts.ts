import * as z from 'zod/mini';
import type { EventLog } from '../outbox/outbox.ts';
import { counted } from './latency.ts';

/** Sinks that are counted by name on one day; others count together under {@link OTHER_SINKS}. */
const SINKS_MAX = 150;
/** No sink's id: those hold letters. */
export const OTHER_SINKS = '*';
/** Sends of one day that a person had to decide, by name. */
const UNDECIDED_MAX = 100;

const SinkCounts = z.object({ delivered: z.number(), parked: z.number(), pending: z.number() });
export type SinkCounts = Readonly<z.infer<typeof SinkCounts>>;

export const Counts = z.object({
  replies: z.number(),
  interested: z.number(),
  /** From when a reply was sent to when it was recorded, by bucket. */
  latency: z.readonly(z.array(z.number())),
  sinks: z.record(z.string(), SinkCounts),
  /** Sends of which a person was asked; whether they are decided, they say themselves. */
  undecided: z.readonly(z.array(z.string())),
});
/** What is counted of the events of a day. */
export type Counts = Readonly<z.infer<typeof Counts>>;

export const NOTHING: Counts = { replies: 0, interested: 0, latency: [], sinks: {}, undecided: [] };
const NO_DELIVERIES: SinkCounts = { delivered: 0, parked: 0, pending: 0 };

/** How long after it was sent a reply was recorded. What is older by intent says nothing of it. */
function withLatency(latency: Counts['latency'], { stored, recordedAt }: EventLog): Counts['latency'] {
  const { body } = stored;
  if (body?.type !== 'reply.received' || body.data.backfill === true) return latency;
  const ms = recordedAt - Date.parse(body.data.message.sentAt);
  return Number.isNaN(ms) ? latency : counted(latency, ms);
}

function withDeliveries(sinks: Counts['sinks'], { deliveries = {} }: EventLog): Counts['sinks'] {
  const next = { ...sinks };
  for (const [sink, { state }] of Object.entries(deliveries)) {
    const name = sink in next || Object.keys(next).length < SINKS_MAX ? sink : OTHER_SINKS;
    const before = next[name] ?? NO_DELIVERIES;
    next[name] = { ...before, [state]: before[state] + 1 };
  }
  return next;
}

function withUndecided(undecided: Counts['undecided'], { stored: { body } }: EventLog): Counts['undecided'] {
  if (body?.type !== 'send.needs_decision' || undecided.includes(body.data.send)) return undecided;
  return [...undecided, body.data.send].slice(-UNDECIDED_MAX);
}

/** With one more event, and what has become of it until now. */
export function withEvent(counts: Counts, log: EventLog): Counts {
  const { type } = log.stored;
  return {
    replies: counts.replies + (type === 'reply.received' ? 1 : 0),
    interested: counts.interested + (type === 'reply.interested' ? 1 : 0),
    latency: withLatency(counts.latency, log),
    sinks: withDeliveries(counts.sinks, log),
    undecided: withUndecided(counts.undecided, log),
  };
}

export const isPending = ({ sinks }: Counts): boolean => Object.values(sinks).some(({ pending }) => pending > 0);
