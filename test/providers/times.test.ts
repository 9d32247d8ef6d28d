import { describe, expect, it } from 'vitest';
import { cohesive } from '../../shared/providers/cohesive/index.ts';
import { threadId } from '../../shared/providers/cohesive/thread-id.ts';
import { coldsend } from '../../shared/providers/coldsend/index.ts';
import { open } from './connect.ts';
import { fixture, json } from './scripted.ts';

const AT = Date.UTC(2026, 10, 28, 10);

const READ: readonly (string | number)[] = [
  AT,
  AT / 1_000,
  String(AT),
  String(AT / 1_000),
  '2026-11-28T10:00:00Z',
  '2026-11-28 10:00:00+0000',
  '2026-11-28t10:00:00.000000000z',
  '2026-11-28 10:00:00 UTC',
  '20261128T100000Z',
  'Sat, 28 Nov 2026 10:00:00 +0000',
  'Sat, 28 Nov 2026 05:00:00 EST',
  '28 Nov 2026 11:00:00 +0100',
  'Sat, 28 Nov 2026 11:00:00 +0100 (CET)',
  'Sat Nov 28 2026 11:00:00 GMT+0100 (Central European Standard Time)',
];

const UNREAD: readonly string[] = ['01/02/2026', 'Sat, 28 Nov 2026 10:00:00', '28 Nov 2026', '2026-11-28', 'soon'];

interface Told {
  /** When the row, or the message, says that it was; undefined where it is not read. */
  readonly at: number | undefined;
  readonly unreadable: number;
}

const [coldsendRow] = (fixture('coldsend/list-conversations.json') as { conversations: object[] }).conversations;
const [coldsendMessage] = (fixture('coldsend/thread-messages.json') as { messages: object[] }).messages;
const [cohesiveRow] = fixture('cohesive/inbox-replies.json') as object[];
const conversation = fixture('cohesive/conversation.json') as { history: object[] };

const PLACES: readonly (readonly [string, (time: unknown) => Promise<Told>])[] = [
  [
    'a row of Cohesive',
    async (lastTimestamp) => {
      const { connection } = open(cohesive, [json([{ ...cohesiveRow, lastTimestamp }])]);
      const { threads, unreadable } = await connection.threads.list({ campaign: 'camp_1' });
      const [row] = threads;
      return { at: row?.changeHint === undefined ? row?.lastActivityAt : undefined, unreadable: unreadable.length };
    },
  ],
  [
    'a message of Cohesive',
    async (time) => {
      const history = [{ ...conversation.history[1], time }];
      const { connection } = open(cohesive, [json({ ...conversation, history })]);
      const id = threadId({ campaignId: 'camp_1', leadEmail: 'jane@example.com' });
      const { messages, unreadable } = await connection.threads.content(id);
      return { at: messages[0]?.sentAt, unreadable: unreadable.length };
    },
  ],
  [
    'a row of ColdSend',
    async (time) => {
      const { connection } = open(coldsend, [json({ conversations: [{ ...coldsendRow, last_message_at: time }] })]);
      const { threads, unreadable } = await connection.threads.list({});
      const [row] = threads;
      return { at: row?.changeHint === undefined ? row?.lastActivityAt : undefined, unreadable: unreadable.length };
    },
  ],
  [
    'a message of ColdSend',
    async (time) => {
      const { connection } = open(coldsend, [json({ messages: [{ ...coldsendMessage, created_at: time }] })]);
      const { messages, unreadable } = await connection.threads.content('550e8400-e29b-41d4-a716-446655440000');
      return { at: messages[0]?.sentAt, unreadable: unreadable.length };
    },
  ],
];

describe.each(PLACES)('the time of %s', (_place, told) => {
  it.each(READ)('is read from %s', async (time) => {
    expect(await told(time)).toEqual({ at: AT, unreadable: 0 });
  });

  it.each(UNREAD)('is not guessed at from %s', async (time) => {
    expect((await told(time)).at).toBeUndefined();
  });
});
