import { describe, expect, it } from 'vitest';
import type { Event } from '../../shared/events/event.ts';
import { accepts } from '../../shared/sinks/filter.ts';
import { replyEvent, START } from '../outbox/world.ts';
import { opened } from './opened.ts';

const reply = replyEvent('one', START, { campaign: 'c1', interested: true });
const disabled: Event = {
  type: 'sink.disabled',
  timestamp: '2026-01-05T12:00:00.000Z',
  data: { sink: 'crm', episode: 'e', reason: 'HTTP 410' },
};
const unreadable: Event = {
  type: 'reply.unreadable',
  timestamp: '2026-01-05T12:00:00.000Z',
  data: { connection: 'acme', provider: 'cohesive', thread: null, item: 'x', issues: ['id: missing'] },
};

describe('accepts', () => {
  it.each([
    [{}, true],
    [{ events: ['reply.received'] as const }, true],
    [{ events: ['reply.interested'] as const }, false],
    [{ connections: ['*'] }, true],
    [{ connections: ['acme'] }, true],
    [{ connections: ['other'] }, false],
    [{ campaigns: ['c1'] }, true],
    [{ campaigns: ['c2'] }, false],
    [{ interested: true }, true],
    [{ interested: false }, false],
  ])('with %j it says %s to an interested reply of acme', (filter, answer) => {
    expect(accepts(filter, reply)).toBe(answer);
  });
  it('narrows replies only by campaign and interest', () => {
    expect(accepts({ campaigns: ['c1'], interested: true, connections: ['acme'] }, unreadable)).toBe(true);
    expect(accepts({ campaigns: ['c1'], connections: ['acme'] }, disabled)).toBe(true);
  });
  it('knows no campaign where the event has none', () => {
    expect(accepts({ campaigns: ['c1'] }, replyEvent('one', START))).toBe(false);
  });
});

describe('accepts, by label,', () => {
  const labelled = (intent: string | null, interested = false): Event => {
    if (reply.type !== 'reply.received') throw new Error('another event');
    return { ...reply, data: { ...reply.data, thread: { ...reply.data.thread, intent, interested } } };
  };

  it.each([
    ['Meeting Booked', true],
    ['meeting_booked', true],
    ['  MEETING-BOOKED ', true],
    ['Meeting', false],
    [null, false],
  ])('however it is written: %j', (intent, answer) => {
    expect(accepts({ intents: ['meeting booked', 'interested'] }, labelled(intent))).toBe(answer);
  });

  it('an interested thread of a vendor without labels as "interested" and as nothing else', () => {
    expect(accepts({ intents: ['Interested'] }, labelled(null, true))).toBe(true);
    expect(accepts({ intents: ['meeting booked'] }, labelled(null, true))).toBe(false);
    expect(accepts({ intents: ['interested'] }, labelled(null, false))).toBe(false);
  });

  it('a thread with a label by that label, whatever its interest', () => {
    expect(accepts({ intents: ['interested'] }, labelled('Meeting Booked', true))).toBe(false);
  });

  it('what has no label where none is named', () => {
    expect(accepts({ intents: ['*'] }, labelled(null))).toBe(true);
    expect(accepts({ intents: ['interested'] }, disabled)).toBe(true);
  });
});

describe('the stdout sink', () => {
  it('shows each event with its id', async () => {
    const shown: unknown[] = [];
    const sink = opened({ id: 'out', type: 'stdout' }, { show: (id, event) => void shown.push([id, event]) });
    expect(await sink.deliver('evt_1', reply, 1)).toEqual({ kind: 'delivered' });
    expect(shown).toEqual([['evt_1', reply]]);
  });

  it('waits where there is nobody to read it', async () => {
    expect(await opened({ id: 'out', type: 'stdout' }, {}).deliver('evt_1', reply, 1)).toEqual({
      kind: 'retry',
      error: 'not here',
    });
  });
});
