import { describe, expect, it } from 'vitest';
import type { Event } from '../../shared/events/event.ts';
import { accepts } from '../../shared/sinks/filter.ts';
import { stdoutSink } from '../../shared/sinks/stdout.ts';
import { replyEvent, START } from '../outbox/world.ts';

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

describe('stdoutSink', () => {
  it('writes one line of JSON with the id', async () => {
    const lines: string[] = [];
    const sink = stdoutSink({ id: 'out', filter: {}, form: 'json' }, (line) => lines.push(line));
    expect(await sink.deliver('evt_1', reply, 1)).toEqual({ kind: 'delivered' });
    expect(lines.map((line) => JSON.parse(line))).toEqual([{ id: 'evt_1', ...reply }]);
  });
  it.each([reply, disabled, unreadable])('writes one line for a person: $type', async (event) => {
    const lines: string[] = [];
    await stdoutSink({ id: 'out', filter: {}, form: 'pretty' }, (line) => lines.push(line)).deliver('evt_1', event, 1);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(event.type);
    expect(lines[0]).not.toContain('\n');
  });
});
