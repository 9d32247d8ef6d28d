import { describe, expect, it } from 'vitest';
import { advance, type SendEvent } from '../../shared/sending/advance.ts';
import { SEND_STATES, type SendState, type StoredSend } from '../../shared/sending/send.ts';
import { type SendEventKind, TABLE } from '../../shared/sending/table.ts';
import { SEND_NOW as NOW, storedSend as send } from './stored-send.ts';

const KINDS: readonly SendEventKind[] = [
  'post',
  'put-off',
  'give-up',
  'accepted',
  'not-sent',
  'spent',
  'refused',
  'unknown',
  'overdue',
  'seen',
  'not-seen',
  'unverified',
  'needless',
  'doubtful',
  'again',
  'undo',
  'decided-sent',
  'decided-resend',
];

const event = (kind: SendEventKind, change: Partial<SendEvent> = {}): SendEvent => ({ kind, detail: kind, ...change });
const nextState = (state: SendState, what: SendEvent, change: Partial<StoredSend> = {}) =>
  advance(send(state, change), what, NOW)?.send.state;

describe('the table of a send', () => {
  it('has one way to a post, from waiting', () => {
    const ways = SEND_STATES.filter((state) => Object.values(TABLE[state]).some((next) => next?.[1] === 'post'));
    expect(ways).toEqual(['waiting']);
    expect(SEND_STATES.filter((state) => TABLE[state].post)).toEqual(['waiting']);
  });

  it('leads back to waiting only on proof that nothing left, or by a person', () => {
    const back = SEND_STATES.filter((state) => state !== 'waiting').flatMap((state) =>
      KINDS.filter((kind) => TABLE[state][kind]?.[0] === 'waiting'),
    );
    expect(new Set(back)).toEqual(new Set(['not-sent', 'decided-resend', 'again']));
  });

  it('never leaves a settled state, but for a person who wants again what did not leave', () => {
    for (const state of ['confirmed', 'refused', 'failed', 'decided', 'undone'] as const) {
      for (const kind of KINDS) {
        const again = kind === 'again' && (state === 'refused' || state === 'failed');
        expect(nextState(state, event(kind))).toBe(again ? 'waiting' : undefined);
      }
    }
  });

  it('calls nothing not sent that may have left in an earlier post', () => {
    const open = { attempt: 2, mayHaveLeft: [1] };
    expect(nextState('sending', event('refused', { attempt: 2 }), open)).toBe('needs_decision');
    expect(nextState('sending', event('spent', { attempt: 2 }), open)).toBe('needs_decision');
    expect(nextState('waiting', event('give-up'), open)).toBe('needs_decision');
    expect(nextState('uncertain', event('not-sent', { attempt: 1 }), { mayHaveLeft: [1] })).toBe('waiting');
    expect(nextState('uncertain', event('refused', { attempt: 1 }), { mayHaveLeft: [1] })).toBe('refused');
  });

  it('is called back only before it is posted', () => {
    const states = SEND_STATES.filter((state) => TABLE[state].undo);
    expect(states).toEqual(['waiting']);
  });

  it('has a way out of every state that is not settled', () => {
    for (const state of ['waiting', 'sending', 'uncertain', 'sent', 'needs_decision'] as const) {
      expect(Object.values(TABLE[state]).some((next) => next && next[0] !== state)).toBe(true);
    }
  });
});

describe('what becomes known too late', () => {
  it('that an older post did not leave says nothing of the newest', () => {
    expect(nextState('uncertain', event('not-sent', { attempt: 1 }), { attempt: 2 })).toBeUndefined();
    expect(nextState('sending', event('unknown', { attempt: 1 }), { attempt: 2 })).toBeUndefined();
    expect(nextState('uncertain', event('refused', { attempt: 1 }), { attempt: 2 })).toBeUndefined();
  });

  it('that an older post was accepted ends the trying', () => {
    expect(nextState('waiting', event('accepted', { attempt: 1 }), { attempt: 1 })).toBe('sent');
    expect(nextState('uncertain', event('accepted', { attempt: 1 }), { attempt: 2 })).toBe('sent');
  });

  it('that a post which a person had sent again failed changes nothing', () => {
    for (const kind of ['not-sent', 'spent', 'unknown', 'refused'] as const)
      expect(nextState('waiting', event(kind, { attempt: 1 }))).toBeUndefined();
  });

  it('that it may not be posted says nothing of a post another run has begun', () => {
    expect(nextState('sending', event('refused'))).toBeUndefined();
    expect(nextState('sending', event('put-off'))).toBeUndefined();
    expect(nextState('sending', event('give-up'))).toBeUndefined();
    expect(nextState('waiting', event('refused'))).toBe('refused');
  });

  it('a second search at the same moment counts for nothing', () => {
    const search = event('not-seen', { attempt: 1, verifiedBefore: 3 });
    expect(advance(send('uncertain', { verifications: 3 }), search, NOW)?.send.verifications).toBe(4);
    expect(advance(send('uncertain', { verifications: 4 }), search, NOW)).toBeUndefined();
  });
});

describe('what a send remembers', () => {
  it('counts posts when they are announced, and those of which nothing left', () => {
    const announced = advance(send('waiting', { attempt: 2 }), event('post', { facts: { owner: 'me' } }), NOW)?.send;
    expect(announced).toMatchObject({ state: 'sending', attempt: 3, owner: 'me' });
    expect(
      advance(send('sending', { failedAttempts: 1 }), event('not-sent', { attempt: 1 }), NOW)?.send.failedAttempts,
    ).toBe(2);
  });

  it('keeps its first and last steps when there are many', () => {
    let current = send('waiting');
    for (let time = 0; time < 200; time += 1)
      current = advance(current, event('put-off', { detail: `try ${time}` }), NOW)?.send ?? current;
    expect(current.steps.length).toBeLessThanOrEqual(41);
    expect(current.steps[0]?.detail).toBe('try 0');
    expect(current.steps.at(-1)?.detail).toBe('try 199');
  });
});
