import { readdir, readFile } from 'node:fs/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { compose } from '../../shared/events/compose.ts';
import type { ReplyData } from '../../shared/events/event.ts';
import { EVENT_BYTES_MAX } from '../../shared/events/fit.ts';
import type { Happening } from '../../shared/events/happening.ts';
import type { Message, Thread } from '../../shared/model.ts';
import { SCHEMA_FOLDER, schemaFiles } from './schema-files.ts';

const AT = Date.UTC(2026, 0, 5, 12);
const lead = { email: 'lead@customer.example', name: 'Lead\u0007 One' };

const message = (more: Partial<Message> = {}): Message => ({
  id: 'm1',
  direction: 'inbound',
  from: lead,
  to: [{ email: 'me@acme.example' }],
  cc: [],
  bcc: [],
  text: 'Yes, call me.\r\n\r\nOn Mon, Me <me@acme.example> wrote:\r\n> Hello',
  html: '<p>Yes, call me.</p><script>x</script>',
  sentAt: AT - 60_000,
  attachments: [],
  vendor: { sequence: 2, shared: 'message' },
  ...more,
});

const thread = (more: Partial<Thread> = {}): Thread => ({
  id: 't1',
  key: 't1',
  campaign: { id: 'c1' },
  lead,
  box: 'reply',
  subject: 'Re: Hello',
  interested: true,
  tags: ['hot'],
  lastActivityAt: AT - 30_000,
  vendor: { statsId: 's1', shared: 'row' },
  ...more,
});

function happening(more: { message?: Message; thread?: Thread; earlier?: Message[]; backfill?: true } = {}): Happening {
  const told = more.message ?? message();
  return {
    type: 'reply.received',
    connection: 'acme',
    provider: 'cohesive',
    thread: more.thread ?? thread(),
    content: {
      messages: [...(more.earlier ?? []), told],
      unreadable: [],
      campaign: { name: 'Spring' },
      mailbox: 'me@acme.example',
    },
    message: told,
    ...(more.backfill && { backfill: more.backfill }),
  };
}

async function composed(given: Happening): Promise<ReplyData> {
  const { data } = await compose(given, AT);
  if (!('message' in data)) throw new Error('not a reply');
  return data;
}

describe('compose', () => {
  it('makes the event a sink receives', async () => {
    expect(await compose(happening(), AT)).toEqual({
      type: 'reply.received',
      timestamp: '2026-01-05T12:00:00.000Z',
      data: {
        connection: 'acme',
        provider: 'cohesive',
        campaign: { id: 'c1', name: 'Spring' },
        lead: { email: 'lead@customer.example', name: 'Lead One' },
        thread: {
          id: 'acme/t1',
          subject: 'Re: Hello',
          intent: null,
          interested: true,
          starred: null,
          read: null,
          tags: ['hot'],
          preview: null,
          lastActivityAt: '2026-01-05T11:59:30.000Z',
          messageCount: null,
        },
        message: {
          id: 'm1',
          isFirst: true,
          mailbox: 'me@acme.example',
          from: { email: 'lead@customer.example', name: 'Lead One' },
          to: [{ email: 'me@acme.example', name: null }],
          cc: [],
          bcc: [],
          subject: null,
          preview: 'Yes, call me.',
          text: 'Yes, call me.',
          html: '<p>Yes, call me.</p>',
          sentAt: '2026-01-05T11:59:00.000Z',
          attachments: [],
        },
        vendor: { sequence: 2, statsId: 's1', shared: 'message' },
      },
    });
  });

  it('knows the first inbound message of a thread', async () => {
    const sent = message({ id: 'm0', direction: 'outbound' });
    expect((await composed(happening({ earlier: [sent] }))).message.isFirst).toBe(true);
    expect((await composed(happening({ earlier: [message({ id: 'm0' })] }))).message.isFirst).toBe(false);
  });

  it('reads the text out of the HTML where the vendor gives none', async () => {
    const { text: _, ...html } = message({ html: '<p>Yes</p><div class="gmail_quote">On Mon Me wrote: Hello</div>' });
    expect((await composed(happening({ message: html }))).message.text).toBe('Yes');
  });

  it('takes an empty mail, a thread without a campaign, and a backfill', async () => {
    const { text: _, html: __, ...empty } = message();
    const given = happening({ message: empty, thread: thread({ campaign: null }), backfill: true });
    const data = await composed({ ...given, content: { ...given.content, campaign: null } });
    expect(data).toMatchObject({ campaign: null, backfill: true, message: { text: '', html: null, preview: '' } });
  });

  it.each([
    ['large HTML', message({ html: `<p>${'x'.repeat(300_000)}</p>` })],
    ['HTML too large to be made safe', message({ html: 'x'.repeat(1_100_000) })],
    ['large text', message({ text: 'é'.repeat(300_000) })],
    ['text that grows as JSON', message({ text: '"'.repeat(300_000) })],
    ['large vendor extras', message({ vendor: { blob: 'x'.repeat(300_000) } })],
    [
      'many recipients',
      message({ cc: Array.from({ length: 20_000 }, (_, n) => ({ email: `p${n}@customer.example` })) }),
    ],
    [
      'endless attachment URLs',
      message({ attachments: [{ filename: 'a', contentType: 'b', url: 'x'.repeat(300_000) }] }),
    ],
    ['a million less-than signs', message({ html: '<'.repeat(1_000_000) })],
    [
      'everything at once',
      message({
        html: 'h'.repeat(250_000),
        text: '\ud83d\ude00'.repeat(200_000),
        vendor: { blob: 'x'.repeat(300_000) },
        to: Array.from({ length: 20_000 }, (_, n) => ({ email: `p${n}@customer.example` })),
      }),
    ],
  ])('cuts %s to 200 KB and says so', async (_, large) => {
    const event = await compose(happening({ message: large }), AT);
    expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThanOrEqual(EVENT_BYTES_MAX);
    expect(event.data).toMatchObject({ truncated: true, lead: { email: lead.email } });
    if (!('message' in event.data)) throw new Error('not a reply');
    expect(event.data.message.text.length).toBeGreaterThan(0);
    expect(event.data.message.text.isWellFormed()).toBe(true);
    expect(await problems(event)).toBeNull();
  });

  it.each([
    ['read from it', '', ''],
    ['read from it without control characters', '', '\u0007'],
    ['given beside it', 'words', ''],
  ])('judges long HTML by its elements when its text is %s', async (_, text, before) => {
    const ofElements = (count: number) =>
      composed(happening({ message: message({ text, html: `${before}words${'<img>'.repeat(count)}` }) }));
    expect((await ofElements(60_000)).message).toMatchObject({ text: 'words', html: expect.stringContaining('words') });
    expect(await ofElements(60_001)).toMatchObject({ truncated: true, message: { text: 'words', html: null } });
  });

  it('keeps as much of a long text as fits', async () => {
    const { message: cutMessage } = await composed(happening({ message: message({ text: 'x'.repeat(300_000) }) }));
    expect(cutMessage.text.length).toBeGreaterThan(150_000);
  });

  it('makes events that their JSON Schema accepts', async () => {
    expect(await problems(await compose(happening(), AT))).toBeNull();
    expect(
      await problems(await compose({ ...happening({ backfill: true }), type: 'reply.interested' }, AT)),
    ).toBeNull();
    expect(await problems({ type: 'reply.received', timestamp: 'x', data: {} })).not.toBeNull();
  });
});

describe('docs/events', () => {
  it('holds exactly what the schemas in the code generate', async () => {
    expect((await readdir(SCHEMA_FOLDER)).filter((name) => name.endsWith('.json')).toSorted()).toEqual(
      [...schemaFiles().keys()].toSorted(),
    );
    for (const [name, content] of schemaFiles()) {
      expect(await readFile(new URL(name, SCHEMA_FOLDER), 'utf8'), `run: npx node test/events/schema-files.ts`).toBe(
        content,
      );
    }
  });
});

async function problems(event: { readonly type: string; readonly [key: string]: unknown }): Promise<unknown> {
  const schema = JSON.parse(await readFile(new URL(`${event.type}.schema.json`, SCHEMA_FOLDER), 'utf8'));
  const validate = new Ajv2020({ strict: false }).compile(schema);
  validate(event);
  return validate.errors ?? null;
}
