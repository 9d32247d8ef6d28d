import type { SendState, StoredSend } from '../../shared/sending/send.ts';

export const SEND_NOW = Date.UTC(2026, 0, 5, 12);

/** A reply that was accepted a minute ago and posted once. */
export const storedSend = (state: SendState, change: Partial<StoredSend> = {}): StoredSend => ({
  id: 'snd_1',
  key: 'key',
  payload: 'payload',
  connection: 'acme',
  threadId: 'thread',
  threadKey: 'thread',
  kind: 'reply',
  by: 'api',
  acceptedAt: SEND_NOW - 60_000,
  tryUntil: SEND_NOW + 60_000,
  state,
  attempt: 1,
  failedAttempts: 0,
  mayHaveLeft: [],
  verifications: 0,
  notices: 0,
  noticesGiven: 0,
  steps: [],
  ...change,
});
