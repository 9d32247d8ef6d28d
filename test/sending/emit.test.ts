import { expect, it } from 'vitest';
import { events } from '../../shared/outbox/record.ts';
import { emitNotice } from '../../shared/sending/emit.ts';
import type { SendState, StoredSend } from '../../shared/sending/send.ts';
import { memoryStore } from '../../shared/store/memory.ts';
import { SEND_NOW, storedSend } from './stored-send.ts';

const SECOND_MS = 1_000;

/** A send that came to an end this long after it was accepted. */
function ended(by: string, state: SendState, afterMs: number): StoredSend {
  const { acceptedAt } = storedSend(state);
  const steps = [{ at: acceptedAt + afterMs, state, detail: 'The vendor said no.' }];
  return storedSend(state, { by, notices: 1, failedAttempts: 1, steps });
}

async function told(send: StoredSend): Promise<readonly string[]> {
  const store = memoryStore();
  const ports = { store, connections: [], clock: { now: () => SEND_NOW, sleep: async () => {} } };
  await emitNotice(ports, send);
  await emitNotice(ports, send);
  const { addresses } = await store.timeline(0, { limit: 10 });
  const found = await Promise.all(addresses.map((address) => events.get(store, address)));
  return found.map((each) => (each && 'value' in each ? each.value.type : 'unreadable'));
}

it.each(['cli', 'console'])('an end that somebody at the %s has just read is no event', async (by) => {
  expect(await told(ended(by, 'failed', 14 * SECOND_MS))).toEqual([]);
  expect(await told(ended(by, 'refused', 0))).toEqual([]);
});

it.each(['cli', 'console'])('an end that came after somebody at the %s looked away is one event', async (by) => {
  expect(await told(ended(by, 'failed', 16 * SECOND_MS))).toEqual(['send.failed']);
});

it.each(['api', 'automation:hot'])('an end of a mail by %s is one event, however soon it came', async (by) => {
  expect(await told(ended(by, 'refused', 0))).toEqual(['send.failed']);
});

it.each(['cli', 'console', 'api'])('a mail by %s that needs a decision is one event', async (by) => {
  expect(await told(ended(by, 'needs_decision', 0))).toEqual(['send.needs_decision']);
});
