import type { Instant } from '../model.ts';
import type { SendState, StoredSend } from './send.ts';

const moment = (at: Instant) => new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');

const entered = ({ steps, acceptedAt }: StoredSend, state: SendState): Instant =>
  steps.findLast((step) => step.state === state)?.at ?? acceptedAt;

const lastWords = ({ steps }: StoredSend) => steps.at(-1)?.detail ?? '';

const MEANINGS: { readonly [State in SendState]: (send: StoredSend) => string } = {
  waiting: (send) => `Not sent yet; it is tried again by itself. ${lastWords(send)}`,
  sending: () => 'Being sent.',
  sent: (send) => `Accepted at ${moment(entered(send, 'sent'))}; not seen in the conversation yet.`,
  confirmed: (send) => `Sent, and seen in the conversation at ${moment(entered(send, 'confirmed'))}.`,
  refused: (send) => lastWords(send),
  failed: (send) => lastWords(send),
  uncertain: (send) => `We could not tell whether this was sent; the conversation is being checked. ${lastWords(send)}`,
  needs_decision: (send) =>
    `We could not tell whether this was sent. The conversation was checked ${send.looks} times until ${moment(entered(send, 'needs_decision'))} without finding it. Look there yourself, then decide: it was sent, or send it again.`,
  decided: (send) => lastWords(send),
};

/** What the state means for the person who wanted to send. */
export function meaningOf(send: StoredSend): string {
  return MEANINGS[send.state](send).trim();
}
