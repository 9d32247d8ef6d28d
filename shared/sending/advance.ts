import type { Instant } from '../model.ts';
import { KEEP_MAIL_MS, POST_TAKES_MS, STEPS_MAX } from './limits.ts';
import type { SendStep, StoredSend } from './send.ts';
import { type SendEventKind, type Step, TABLE } from './table.ts';

export interface SendEvent {
  readonly kind: SendEventKind;
  /** A sentence for people. */
  readonly detail: string;
  /** Of which post it tells; absent when of none. */
  readonly attempt?: number;
  /** How many searches came before the one it tells of: two at once count as one. */
  readonly looksBefore?: number;
  /** What else it makes known. */
  readonly facts?: Partial<
    Pick<
      StoredSend,
      'owner' | 'postBefore' | 'before' | 'newestBefore' | 'messageId' | 'seenAs' | 'refusedRecipients' | 'tryUntil'
    >
  >;
  /** When to look at it again; what the state itself says when absent. */
  readonly dueAt?: Instant;
}

export interface Change {
  readonly send: StoredSend;
  readonly step: Step;
  readonly dueAt: Instant | undefined;
}

/** It tells of a post that is no longer the last one. That one was accepted is worth knowing even then. */
function isStale({ state, attempt, looks }: StoredSend, event: SendEvent): boolean {
  if (event.looksBefore !== undefined && event.looksBefore !== looks) return true;
  if (event.kind === 'accepted') return false;
  // A refusal before any post says nothing of one that another run has begun meanwhile.
  if (event.attempt === undefined) return event.kind === 'refused' && state !== 'waiting';
  return event.attempt !== attempt || state === 'waiting';
}

function withStep(steps: readonly SendStep[], step: SendStep): readonly SendStep[] {
  const last = steps.at(-1);
  if (last?.state === step.state && last.detail === step.detail) return steps;
  const all = [...steps, step];
  return all.length <= STEPS_MAX ? all : [...all.slice(0, STEPS_MAX / 2), ...all.slice(-STEPS_MAX / 2)];
}

function counted(send: StoredSend, event: SendEvent, now: Instant): Partial<StoredSend> {
  switch (event.kind) {
    case 'post':
      return { attempt: send.attempt + 1, looks: 0 };
    case 'not-sent':
    case 'spent':
      return { misses: send.misses + 1 };
    case 'accepted':
      return { lookFrom: now, looks: 0 };
    case 'unknown':
    case 'overdue':
      return { lookFrom: now, looks: 0 };
    case 'not-seen':
    case 'looked-enough':
      return { looks: send.looks + 1 };
    case 'decided-resend':
      return { misses: 0 };
    default:
      return {};
  }
}

/** What becomes of a send when something becomes known; undefined when it changes nothing. Pure. */
export function advance(send: StoredSend, event: SendEvent, now: Instant): Change | undefined {
  const found = isStale(send, event) ? undefined : TABLE[send.state][event.kind];
  if (!found) return undefined;
  const [state, step] = found;
  const steps = withStep(send.steps, { at: now, state, detail: event.detail });
  const next: StoredSend = { ...send, ...counted(send, event, now), ...event.facts, state, steps };
  return { send: next, step, dueAt: event.dueAt ?? dueAfter(next, step, now) };
}

function dueAfter(send: StoredSend, step: Step, now: Instant): Instant | undefined {
  if (step === 'post') return (send.postBefore ?? now) + POST_TAKES_MS;
  if (step === 'rest') return send.mail === undefined ? undefined : send.acceptedAt + KEEP_MAIL_MS;
  return now;
}
