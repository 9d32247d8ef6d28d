import type { Instant } from '../model.ts';
import { isNeverSeen, type SendState, type StoredSend } from './send.ts';

const moment = (at: Instant) => new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');

const entered = ({ steps, acceptedAt }: StoredSend, state: SendState): Instant =>
  steps.findLast((step) => step.state === state)?.at ?? acceptedAt;

const lastWords = ({ steps }: StoredSend) => steps.at(-1)?.detail ?? '';

/** Who got a forward may not be in its conversation at all, so looking there proves little. */
function doubt(send: StoredSend): string {
  if (send.kind === 'forward') return 'Ask whoever it was for.';
  const until = moment(entered(send, 'needs_decision'));
  return `The conversation was checked ${send.verifications} times until ${until}. ${lastWords(send)} Look there yourself.`;
}

function askedOf(send: StoredSend): string {
  if (send.doubts?.length)
    return `${lastWords(send)} Look there yourself. Then decide: it was sent, or send it all the same.`;
  if (send.mayHaveLeft.length === 0) {
    const how = send.kind === 'forward' ? 'Ask whoever it was for.' : 'Look in the conversation yourself.';
    return `${lastWords(send)} ${how} Then decide: it was sent, or send it all the same.`;
  }
  return `We could not tell whether this was sent. ${doubt(send)} Then decide: it was sent, or send it again.`;
}

const waits = (send: StoredSend) =>
  send.holdUntil !== undefined && send.attempt === 0 && lastWords(send).startsWith('Accepted')
    ? `Goes out at ${moment(send.holdUntil)}; it can be called back until then.`
    : `Not sent yet; it is tried again by itself. ${lastWords(send)}`;

function acceptedText(send: StoredSend): string {
  const at = moment(entered(send, 'sent'));
  if (send.kind === 'forward') return `Accepted at ${at}.`;
  if (isNeverSeen(send))
    return `It was accepted by the vendor at ${at}, and never seen in the conversation. Look there yourself.`;
  return `Accepted at ${at}; not seen in the conversation yet.`;
}

const MEANINGS: { readonly [State in SendState]: (send: StoredSend) => string } = {
  waiting: waits,
  sending: () => 'Being sent.',
  sent: acceptedText,
  confirmed: (send) => `Sent, and seen in the conversation at ${moment(entered(send, 'confirmed'))}.`,
  refused: lastWords,
  failed: lastWords,
  uncertain: (send) => `We could not tell whether this was sent; the conversation is being checked. ${lastWords(send)}`,
  needs_decision: askedOf,
  decided: lastWords,
  undone: lastWords,
};

/** What the state means for the person who wanted to send. */
export function meaningOf(send: StoredSend): string {
  return MEANINGS[send.state](send).trim();
}
