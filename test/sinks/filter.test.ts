import { describe, expect, it } from 'vitest';
import type { Event } from '../../shared/events/event.ts';
import { labelling } from '../../shared/providers/index.ts';
import { accepts as acceptsBy, type SinkFilter } from '../../shared/sinks/filter.ts';
import { replyEvent, START } from '../outbox/world.ts';
import { opened } from './opened.ts';

const accepts = (filter: SinkFilter, event: Event) => acceptsBy(filter, event, labelling);
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
  const labelled = (intent: string | null, interested = false, provider = 'coldsend'): Event => {
    if (reply.type !== 'reply.received') throw new Error('another event');
    return { ...reply, data: { ...reply.data, provider, thread: { ...reply.data.thread, intent, interested } } };
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

  it.each([
    ['Interested', true, true],
    ['Interested', false, false],
    ['Not Interested', true, false],
    ['not_interested', false, true],
    ['meeting booked', true, false],
  ])('%j at a vendor without labels by whether the lead is marked as interested: %s', (intent, interested, answer) => {
    expect(accepts({ intents: [intent] }, labelled(null, interested, 'cohesive'))).toBe(answer);
  });

  it('a thread with a label by that label, whatever its interest', () => {
    expect(accepts({ intents: ['interested'] }, labelled('Meeting Booked', true))).toBe(false);
  });

  it.each(['interested', 'not_interested'])(
    'a thread that a vendor with labels has not labelled yet as nothing: %s',
    (intent) => {
      expect(accepts({ intents: [intent] }, labelled(null))).toBe(false);
    },
  );

  it('of a vendor that is not there any more as it says it, and no other', () => {
    expect(accepts({ intents: ['booked'] }, labelled('Booked', false, 'gone'))).toBe(true);
    expect(accepts({ intents: ['not_interested'] }, labelled(null, false, 'gone'))).toBe(false);
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
