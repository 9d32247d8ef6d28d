import type { SendState } from './send.ts';

/** What can become known of a send. */
export type SendEventKind =
  /** The run is about to post; nothing has left yet. */
  | 'post'
  /** Not now: the conversation is taken, or something could not be read. Nothing was posted. */
  | 'put-off'
  /** We give it up ourselves, before posting. */
  | 'give-up'
  /** The vendor took it. */
  | 'accepted'
  /** Proof that nothing left, or that the vendor asks to come later. */
  | 'not-sent'
  /** The same, and the tries are used up. */
  | 'spent'
  /** The vendor said no. */
  | 'refused'
  /** Posted, and no answer that proves anything. */
  | 'unknown'
  /** Whoever was posting has not said how it ended, and its time is over. */
  | 'overdue'
  /** It is in the conversation. */
  | 'seen'
  /** Looked for, and not found or not readable. */
  | 'not-seen'
  /** The same, and looking has gone on long enough. */
  | 'looked-enough'
  | 'decided-sent'
  | 'decided-resend';

/**
 * What comes next: `post` once, `wait` and try again, `look` into the conversation, `tell` a person, `rest`.
 * There is one way to a post: from `waiting`. Nothing but certainty, or a person, leads back there.
 */
export type Step = 'post' | 'wait' | 'look' | 'tell' | 'rest';

type Row = { readonly [Kind in SendEventKind]?: readonly [SendState, Step] };

/** A pair that is not in the table changes nothing: the event comes too late to matter. */
export const TABLE: { readonly [State in SendState]: Row } = {
  waiting: {
    post: ['sending', 'post'],
    'put-off': ['waiting', 'wait'],
    'give-up': ['failed', 'rest'],
    refused: ['refused', 'rest'],
    seen: ['confirmed', 'rest'],
    // The answer to an earlier post, which a person had given up.
    accepted: ['sent', 'look'],
  },
  sending: {
    accepted: ['sent', 'look'],
    'not-sent': ['waiting', 'wait'],
    spent: ['failed', 'rest'],
    refused: ['refused', 'rest'],
    unknown: ['uncertain', 'look'],
    overdue: ['uncertain', 'look'],
  },
  uncertain: {
    accepted: ['sent', 'look'],
    'not-sent': ['waiting', 'wait'],
    spent: ['failed', 'rest'],
    refused: ['refused', 'rest'],
    seen: ['confirmed', 'rest'],
    'not-seen': ['uncertain', 'look'],
    'looked-enough': ['needs_decision', 'tell'],
    'decided-sent': ['decided', 'rest'],
    'decided-resend': ['waiting', 'wait'],
  },
  sent: {
    seen: ['confirmed', 'rest'],
    'not-seen': ['sent', 'look'],
    'looked-enough': ['sent', 'rest'],
  },
  needs_decision: {
    accepted: ['sent', 'look'],
    refused: ['refused', 'rest'],
    seen: ['confirmed', 'rest'],
    'decided-sent': ['decided', 'rest'],
    'decided-resend': ['waiting', 'wait'],
  },
  confirmed: {},
  refused: {},
  failed: {},
  decided: {},
};
