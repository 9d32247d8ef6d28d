import { describe, expect, it } from 'vitest';
import type { Message, Thread } from '../../shared/model.ts';
import type { FeedContext } from '../../shared/polling/feed/context.ts';
import { loadState } from '../../shared/polling/state/feed-state.ts';
import { placeOf } from '../../shared/polling/thread/belonging.ts';
import { feedPartition } from '../../shared/store/keys.ts';
import { memoryStore } from '../../shared/store/memory.ts';

const SENT = Date.UTC(2026, 0, 5, 8);
const THREAD: Thread = {
  id: 'in one',
  key: 'in one',
  campaign: { id: 'one', name: 'One' },
  lead: { email: 'lead@customer.example', name: 'Lead' },
  box: 'reply',
  interested: true,
  tags: ['warm'],
  preview: 'Of one.',
  lastActivityAt: SENT,
  vendor: {},
};

const message = (id: string, minutes: number, campaign?: string): Message => ({
  id,
  direction: 'inbound',
  from: { email: 'lead@customer.example' },
  to: [],
  cc: [],
  bcc: [],
  text: 'Yes.',
  sentAt: SENT + minutes * 60_000,
  attachments: [],
  vendor: {},
  ...(campaign && { belongsTo: { campaign, id: `in ${campaign}`, key: `in ${campaign}` } }),
});

const MESSAGES = [message('a', 0), message('b', 1, 'two'), message('c', 2, 'two'), message('d', 3, 'three')];

/** Two campaigns are polled; the lead's thread in the second one bears the label, or does not. */
async function placed(of: Message, isLabelled = false) {
  const store = memoryStore();
  const { interestWatermarks } = await loadState(store, feedPartition('acme', 'two'));
  if (isLabelled) interestWatermarks.set('in two', [SENT, 'b']);
  await interestWatermarks.save();
  const feeds = ['one', 'two'].map((id) => ({
    id,
    campaign: { id, name: `Name of ${id}`, status: 'active', vendor: {} },
  }));
  const context = {
    polled: { id: 'acme' },
    ports: { store },
    campaigns: { feedOf: (campaign: string) => feeds.find(({ id }) => id === campaign) },
    recordedFrom: () => undefined,
  };
  const content = { messages: MESSAGES, unreadable: [], campaign: THREAD.campaign, mailbox: 'us@acme.example' };
  const happening = { type: 'reply.received', thread: THREAD, content, message: of } as const;
  return await placeOf(context as unknown as FeedContext, happening);
}

const [own, , foreign, unknown] = MESSAGES as [Message, Message, Message, Message];
const idsOf = ({ content }: Awaited<ReturnType<typeof placed>>) => content.messages.map(({ id }) => id);

describe('what an event says of a message that another campaign shows', () => {
  it('names the thread and the campaign that the message belongs to', async () => {
    const { thread, content } = await placed(foreign);
    const campaign = { id: 'two', name: 'Name of two' };
    expect(thread).toMatchObject({ id: 'in two', key: 'in two', campaign, lead: THREAD.lead });
    expect(content.campaign).toEqual(campaign);
  });

  it('says nothing of the row that showed it', async () => {
    const { thread, content } = await placed(foreign);
    expect(thread).toMatchObject({ interested: false, tags: [], lastActivityAt: SENT + 120_000, vendor: {} });
    expect([thread.preview, content.mailbox]).toEqual([undefined, undefined]);
  });

  it('says that the lead is interested where the other campaign has it so', async () => {
    expect((await placed(foreign, true)).thread.interested).toBe(true);
  });

  it('goes by the messages of its own thread alone', async () => {
    expect(idsOf(await placed(foreign))).toEqual(['b', 'c']);
    expect(idsOf(await placed(own))).toEqual(['a', 'd']);
  });

  it('names the thread that shows it where nobody polls its campaign', async () => {
    expect((await placed(unknown)).thread).toBe(THREAD);
  });
});
