import { describe, expect, it } from 'vitest';
import { systemClock } from '../../adapters/node/clock.ts';
import { EventLane } from '../../local/event-lane.ts';
import { watchedStore } from '../../local/watched-store.ts';
import { eventId } from '../../shared/events/event.ts';
import { recordEvent } from '../../shared/outbox/record.ts';
import type { Sink } from '../../shared/outbox/sink.ts';
import { memoryStore } from '../../shared/store/memory.ts';

/** A lane that is told of each event as it is recorded, and delivers nothing before all are. */
function bench() {
  const memory = memoryStore();
  const delivered: string[] = [];
  let reads = 0;
  const sink: Sink = {
    id: 'sink',
    type: 'fake',
    actsOnOld: true,
    accepts: () => true,
    async deliver(id) {
      delivered.push(id);
      return { kind: 'delivered' };
    },
  };
  const store = watchedStore(
    {
      ...memory,
      async get(address) {
        reads += 1;
        return await memory.get(address);
      },
    },
    (event) => recorded.push(event),
  );
  const recorded: Parameters<EventLane['offer']>[0][] = [];
  const log = { info: () => {}, warn: () => {} };
  const lane = new EventLane({ store, sinks: [sink], clock: systemClock, random: Math.random, log });
  return {
    delivered,
    reads: () => reads,
    async record(count: number) {
      for (let index = 0; index < count; index += 1) {
        const episode = String(index);
        const data = { sink: 'other', episode, reason: 'gone' };
        const event = { type: 'sink.disabled', timestamp: new Date().toISOString(), data } as const;
        await recordEvent({ store, now: () => Date.now() }, eventId('sink.disabled', '', episode), event, '');
      }
      for (const event of recorded) lane.offer(event);
      await lane.idle();
    },
  };
}

describe('the lane of events', () => {
  it('delivers what was just recorded without reading it', async () => {
    const { record, delivered, reads } = bench();
    await record(100);
    expect([delivered.length, reads()]).toEqual([100, 0]);
  });

  it('holds the documents of one batch, and reads what waits behind it', async () => {
    const { record, delivered, reads } = bench();
    await record(130);
    expect([delivered.length, reads()]).toEqual([130, 30]);
  });
});
