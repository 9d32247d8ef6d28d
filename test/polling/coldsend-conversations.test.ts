import { describe, expect, it } from 'vitest';
import { createPoller } from '../../shared/polling/poller.ts';
import type { HttpRequest, HttpResponse } from '../../shared/ports.ts';
import { Bench, DAY, HOUR, MINUTE, SECOND } from './harness.ts';

type Change = (fields: Record<string, unknown>) => void;

const isMessages = ({ url }: HttpRequest) => /\/messages\?/.test(url);

const untotalled: Change = (fields) => {
  fields.total_count = undefined;
  fields.total_pages = undefined;
};
const SILENCES: readonly (readonly [name: string, change: Change])[] = [
  ['with a total', () => {}],
  ['without a total', untotalled],
  [
    'that says of each page that it is the last one',
    (fields) => {
      fields.has_next = false;
    },
  ],
  [
    'without a word on where it goes on',
    (fields) => {
      untotalled(fields);
      fields.has_next = undefined;
      fields.limit = undefined;
    },
  ],
];

/** A thread with so many messages of days ago, and a reply to it now. */
async function conversation(messages: number, answering: (request: HttpRequest, good: HttpResponse) => HttpResponse) {
  const of = new Bench({ createPoller }, { vendor: 'coldsend' });
  const thread = of.lead();
  for (let count = 0; count < messages; count += 1)
    of.reply(thread, { sentAt: of.now - 5 * DAY + count * SECOND, text: `Message ${count}` });
  await of.pollWell();
  of.now += MINUTE;
  let calls = 0;
  of.onAnswer = (request, good) => {
    if (!isMessages(request)) return good;
    calls += 1;
    return answering(request, good);
  };
  return { of, thread, calls: () => calls };
}

describe.each(SILENCES)('a conversation on ColdSend that comes oldest first, %s', (_, change) => {
  const answering = (__: HttpRequest, good: HttpResponse): HttpResponse => {
    const fields = JSON.parse(good.body);
    change(fields);
    return { ...good, body: JSON.stringify(fields) };
  };

  it.each([1, 100, 101, 990, 1_500, 5_050, 12_345])(
    'has its newest reply told, be it of %i messages',
    async (count) => {
      const { of, thread, calls } = await conversation(count, answering);
      const id = of.reply(thread);
      await of.pollFor(3 * MINUTE);
      of.assertReceived([id], 'the newest reply was not reached');
      expect(calls()).toBeLessThanOrEqual(50);
    },
  );
});

describe('a message on ColdSend that is longer than we hold', () => {
  /** Answers with a text that is longer than this are not held. */
  const held =
    (bytes: number) =>
    (request: HttpRequest, good: HttpResponse): HttpResponse => {
      const isHuge = good.body.includes('Huge') && bytes > (request.bytesMax ?? 0);
      return isHuge ? { ...good, body: good.body.slice(0, 1_000), truncated: true } : good;
    };

  it.each([0, 5, 60, 250])(
    'is told all the same while it can be held by itself, and so are those beside it, of %i',
    async (count) => {
      const { of, thread, calls } = await conversation(count, held(10_000_000));
      const ids = [of.reply(thread), of.reply(thread, { text: 'Huge' }), of.reply(thread)];
      await of.pollFor(3 * MINUTE);
      of.assertReceived(ids, 'replies beside a long one were not told');
      expect(calls()).toBeLessThanOrEqual(25);
      expect(of.types()).not.toContain('reply.unreadable');
    },
  );

  it.each([0, 5, 60, 250])(
    'is told to be unreadable, once, where it cannot, and those beside it are told (of %i)',
    async (count) => {
      const { of, thread } = await conversation(count, held(Number.POSITIVE_INFINITY));
      const ids = [of.reply(thread)];
      of.reply(thread, { text: 'Huge' });
      ids.push(of.reply(thread));
      await of.pollFor(2 * HOUR);
      ids.push(of.reply(thread));
      await of.pollFor(3 * MINUTE);
      of.assertReceived(ids, 'replies beside a long one were not told');
      expect(of.types().filter((type) => type === 'reply.unreadable')).toHaveLength(1);
    },
  );

  it('is passed over in silence where it is old', async () => {
    const { of, thread } = await conversation(5, held(Number.POSITIVE_INFINITY));
    of.reply(thread, { text: 'Huge', sentAt: of.now - 4 * DAY });
    of.reply(thread, { sentAt: of.now - 3 * DAY });
    const id = of.reply(thread);
    await of.pollFor(3 * MINUTE);
    of.assertReceived([id], 'a reply beside an old long one was not told');
    expect(of.types()).toEqual(['reply.received']);
  });
});
