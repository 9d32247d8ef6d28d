import { describe, expect, it } from 'vitest';
import { compose } from '../../../shared/events/compose.ts';
import { eventId } from '../../../shared/events/event.ts';
import { recordEvent } from '../../../shared/outbox/record.ts';
import { memoryStore } from '../../../shared/store/memory.ts';
import { type Due, ToldStore } from './told.ts';

const MOMENT = 1_000_000;
const due = (message: string, at = MOMENT): Due => ({ type: 'reply.received', message, at });

/** A store on which replies are recorded as polling records them. */
function recording() {
  let now = MOMENT;
  const told = new ToldStore(memoryStore(), () => now);
  const record = async (message: string, thread: string, afterMs: number) => {
    now = MOMENT + afterMs;
    const id = eventId('reply.received', 'inbox', thread, message);
    const lead = { email: 'lead@customer.example' };
    const [opened, mail] = [
      {
        id: thread,
        key: thread,
        campaign: null,
        lead,
        box: 'reply',
        interested: false,
        tags: [],
        lastActivityAt: MOMENT,
        vendor: {},
      },
      {
        id: message,
        direction: 'inbound',
        from: lead,
        to: [],
        cc: [],
        bcc: [],
        text: 'Yes',
        sentAt: MOMENT,
        attachments: [],
        vendor: {},
      },
    ] as const;
    const content = { messages: [mail], unreadable: [], campaign: null };
    const happening = { type: 'reply.received', connection: 'inbox', provider: 'coldsend', thread: opened } as const;
    const body = await compose({ ...happening, message: mail, content } as never, now);
    await recordEvent({ store: told, now: () => now }, id, body, 'inbox');
  };
  return { told, record };
}

describe('what was told, against what was due', () => {
  it('is each message once, as late as its event came', async () => {
    const { told, record } = recording();
    await record('m1', 't1', 40_000);
    await record('m2', 't2', 90_000);
    const all = [due('m1'), due('m2', MOMENT + 10_000)];
    expect(told.judge(all)).toEqual({ due: 2, told: 2, p50Ms: 80_000, p95Ms: 80_000, mostMs: 80_000 });
    expect([told.twice, told.spurious(all)]).toEqual([0, 0]);
  });

  it('has what was not told late for ever', async () => {
    const { told, record } = recording();
    await record('m1', 't1', 40_000);
    expect(told.judge([due('m1'), due('m2')])).toMatchObject({ due: 2, told: 1, p95Ms: Number.POSITIVE_INFINITY });
  });

  it('counts a message that two events tell of', async () => {
    const { told, record } = recording();
    await record('m1', 't1', 40_000);
    await record('m1', 'another name of t1', 50_000);
    expect(told.twice).toBe(1);
  });

  it('counts no event that is put under its own id again', async () => {
    const { told, record } = recording();
    await record('m1', 't1', 40_000);
    await record('m1', 't1', 50_000);
    expect(told.twice).toBe(0);
  });

  it('counts what was never due', async () => {
    const { told, record } = recording();
    await record('m1', 't1', 40_000);
    expect(told.spurious([due('m2')])).toBe(1);
  });
});
