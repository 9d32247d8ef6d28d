import type { Instant } from '../model.ts';
import { POST_TAKES_MS, REDACT_AFTER_MS, STEPS_MAX } from './limits.ts';
import { mayHaveArrived, type SendState, type SendStep, type StoredSend, UNSENT } from './send.ts';
import { type SendEventKind, type Step, TABLE } from './table.ts';

export interface SendEvent {
  readonly kind: SendEventKind;
  /** A sentence for people. */
  readonly detail: string;
  /** Of which post it tells; absent when of none. */
  readonly attempt?: number;
  /** How many verifications came before the one it tells of: two at once count as one. */
  readonly verifiedBefore?: number;
  /** What else it makes known. */
  readonly facts?: Partial<
    Pick<
      StoredSend,
      | 'owner'
      | 'postBefore'
      | 'before'
      | 'beforeAs'
      | 'newestBefore'
      | 'postedAt'
      | 'messageId'
      | 'seenAs'
      | 'refusedRecipients'
      | 'tryUntil'
      | 'doubts'
      | 'passed'
      | 'askedOfCopy'
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
function isStale({ state, attempt, verifications }: StoredSend, event: SendEvent): boolean {
  if (event.verifiedBefore !== undefined && event.verifiedBefore !== verifications) return true;
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

const without = (posts: readonly number[], post: number | undefined) => posts.filter((each) => each !== post);
const withPost = (posts: readonly number[], post: number) => [...without(posts, post), post];

function counted(send: StoredSend, event: SendEvent, now: Instant): Partial<StoredSend> {
  const { attempt, mayHaveLeft } = send;
  switch (event.kind) {
    case 'post':
      return { attempt: attempt + 1, verifications: 0 };
    case 'not-sent':
    case 'spent':
      return { failedAttempts: send.failedAttempts + 1, mayHaveLeft: without(mayHaveLeft, event.attempt) };
    case 'refused':
      return { mayHaveLeft: without(mayHaveLeft, event.attempt) };
    case 'accepted':
      return {
        verifyFrom: now,
        verifications: 0,
        accepted: true,
        mayHaveLeft: withPost(mayHaveLeft, event.attempt ?? attempt),
      };
    case 'unknown':
    case 'overdue':
      return { verifyFrom: now, verifications: 0, mayHaveLeft: withPost(mayHaveLeft, attempt) };
    case 'not-seen':
    case 'unverified':
      return { verifications: send.verifications + 1 };
    case 'decided-resend':
    case 'again':
      return { failedAttempts: 0 };
    default:
      return {};
  }
}

/** What may have left in an earlier post is never called not sent because a later one came to nothing: a person decides. */
function honest(send: StoredSend, found: readonly [SendState, Step]): readonly [SendState, Step] {
  return UNSENT.has(found[0]) && mayHaveArrived(send) ? ['needs_decision', 'emit'] : found;
}

/** What becomes of a send when something becomes known; undefined when it changes nothing. Pure. */
export function advance(send: StoredSend, event: SendEvent, now: Instant): Change | undefined {
  const found = isStale(send, event) ? undefined : TABLE[send.state][event.kind];
  if (!found) return undefined;
  const known = { ...send, ...counted(send, event, now), ...event.facts };
  const [state, step] = honest(known, found);
  const steps = withStep(send.steps, { at: now, state, detail: event.detail });
  const notices = send.notices + (step === 'emit' ? 1 : 0);
  const next: StoredSend = { ...known, notices, state, steps };
  return { send: next, step, dueAt: event.dueAt ?? dueAfter(next, step, now) };
}

function dueAfter(send: StoredSend, step: Step, now: Instant): Instant | undefined {
  if (step === 'post') return (send.postBefore ?? now) + POST_TAKES_MS;
  if (step === 'rest') return send.mail === undefined ? undefined : send.acceptedAt + REDACT_AFTER_MS;
  return now;
}
