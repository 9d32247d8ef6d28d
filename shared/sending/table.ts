import type { SendState } from './send.ts';

/** What can become known of a send. */
export type SendEventKind =
  /** The run is about to post; nothing has left yet. */
  | 'post'
  /** Not now: the conversation is taken, or something could not be read. Nothing was posted. */
  | 'put-off'
  /** We give it up ourselves, before posting. */
  | 'give-up'
  /** It has become needless before it was posted: a machine's reply, where somebody has answered. */
  | 'needless'
  /** Its words stand in the conversation, and it cannot be told whether that is this mail. Nothing was posted. */
  | 'doubtful'
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
  | 'unverified'
  | 'decided-sent'
  | 'decided-resend'
  /** A person wants another try of what certainly did not leave. */
  | 'again'
  /** A person calls it back. */
  | 'undo';

/**
 * What comes next: `post` once, `wait` and try again, `verify` by the conversation, `emit` an event for a person, `rest`.
 * There is one way to a post: from `waiting`. Nothing but certainty, or a person, leads back there.
 */
export type Step = 'post' | 'wait' | 'verify' | 'emit' | 'rest';

type Row = { readonly [Kind in SendEventKind]?: readonly [SendState, Step] };

/** A pair that is not in the table changes nothing: the event comes too late to matter. */
export const TABLE: { readonly [State in SendState]: Row } = {
  waiting: {
    post: ['sending', 'post'],
    'put-off': ['waiting', 'wait'],
    'give-up': ['failed', 'emit'],
    needless: ['undone', 'rest'],
    doubtful: ['needs_decision', 'emit'],
    refused: ['refused', 'emit'],
    seen: ['confirmed', 'rest'],
    undo: ['undone', 'rest'],
    // The answer to an earlier post, which a person had given up.
    accepted: ['sent', 'verify'],
  },
  sending: {
    accepted: ['sent', 'verify'],
    'not-sent': ['waiting', 'wait'],
    spent: ['failed', 'emit'],
    refused: ['refused', 'emit'],
    unknown: ['uncertain', 'verify'],
    overdue: ['uncertain', 'verify'],
  },
  uncertain: {
    accepted: ['sent', 'verify'],
    'not-sent': ['waiting', 'wait'],
    spent: ['failed', 'emit'],
    refused: ['refused', 'emit'],
    seen: ['confirmed', 'rest'],
    'not-seen': ['uncertain', 'verify'],
    unverified: ['needs_decision', 'emit'],
    'decided-sent': ['decided', 'rest'],
    'decided-resend': ['waiting', 'wait'],
  },
  sent: {
    seen: ['confirmed', 'rest'],
    'not-seen': ['sent', 'verify'],
    unverified: ['sent', 'rest'],
  },
  needs_decision: {
    accepted: ['sent', 'verify'],
    refused: ['refused', 'emit'],
    seen: ['confirmed', 'rest'],
    'decided-sent': ['decided', 'rest'],
    'decided-resend': ['waiting', 'wait'],
  },
  confirmed: {},
  refused: { again: ['waiting', 'wait'] },
  failed: { again: ['waiting', 'wait'] },
  decided: {},
  undone: {},
};
