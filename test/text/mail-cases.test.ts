import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compose } from '../../shared/events/compose.ts';
import type { Message } from '../../shared/model.ts';
import { type Expected, faultOf } from './expected.ts';

const FOLDER = join(import.meta.dirname, '../fixtures/mail');

interface Case {
  readonly id: string;
  readonly kind: string;
  readonly trouble: string;
  readonly input: {
    readonly body_text?: string;
    readonly body_html?: string;
    readonly emailBody?: string;
    readonly fill?: Readonly<Record<string, readonly [words: string, times: number]>>;
  };
  readonly expected: Expected & { readonly preview?: Expected };
  readonly arguable: boolean;
}

const CASES: readonly Case[] = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.json'))
  .map((name) => JSON.parse(readFileSync(join(FOLDER, name), 'utf8')));

const ofKind = (...kinds: readonly string[]) => CASES.filter(({ kind }) => kinds.includes(kind));

function filled(text: string, fill: Case['input']['fill'] = {}): string {
  let full = text;
  for (const [mark, [words, times]] of Object.entries(fill)) {
    full = full.replace(mark, words.repeat(times));
  }
  return full;
}

const someone = { email: 'lead@customer.example', name: 'Bob Lead' };

function messageOf({ input }: Case): Message {
  const html = input.body_html ?? input.emailBody;
  return {
    id: 'm1',
    direction: 'inbound',
    from: someone,
    to: [{ email: 'me@acme.example' }],
    cc: [],
    bcc: [],
    sentAt: Date.UTC(2025, 5, 4),
    attachments: [],
    vendor: {},
    ...(input.body_text !== undefined && { text: input.body_text }),
    ...(html !== undefined && { html: filled(html, input.fill) }),
  };
}

async function told(message: Message) {
  const thread = {
    id: 't',
    key: 't',
    campaign: null,
    lead: someone,
    box: 'reply' as const,
    interested: false,
    tags: [],
    lastActivityAt: message.sentAt,
    vendor: {},
  };
  const content = { messages: [message], unreadable: [], campaign: null };
  const event = await compose(
    { type: 'reply.received', connection: 'c', provider: 'p', thread, content, message },
    message.sentAt,
  );
  if (!('message' in event.data)) throw new Error('composed as something else');
  return event.data.message;
}

describe('the text of a reply, as people write it', () => {
  it.each(ofKind('coldsend-text', 'cohesive-html').map((each) => [each.id, each.trouble, each] as const))(
    '%s: %s',
    async (_id, _trouble, each) => {
      const message = await told(messageOf(each));
      expect(faultOf(message.text, each.expected)).toBeUndefined();
      if (each.expected.preview) expect(faultOf(message.preview, each.expected.preview)).toBeUndefined();
    },
  );
});
