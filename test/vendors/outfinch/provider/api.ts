import { ProviderError } from '../../../../shared/failure.ts';
import type { Campaign, Instant, Message, Thread, Unreadable } from '../../../../shared/model.ts';
import type { Receipt } from '../../../../shared/provider.ts';
import type { Vendor } from '../../../../shared/providers/define-provider.ts';
import { inOrder } from '../../../../shared/providers/messages.ts';
import { parseEach } from '../../../../shared/providers/tolerant.ts';
import { campaignOf, idOf, messageOf, rowOf } from './map.ts';
import { CampaignsWire, CampaignWire, ConversationWire, MessagesWire, MessageWire, SentWire } from './wire.ts';

export const LIST = 'list messages';
export const READ = 'read conversation';
export const WRITE = 'write message';

export const PAGE_ROWS_MAX = 25;
/** Of one conversation: beyond these the oldest messages are left out. */
const CONVERSATION_PAGES_MAX = 40;

export interface Asked {
  readonly limit: number;
  readonly cursor?: string;
  readonly label?: number;
}

export interface MessagePage {
  readonly rows: readonly Thread[];
  readonly unreadable: readonly Unreadable[];
  readonly received: number;
  readonly next?: string;
}

export interface MessageAnswer {
  readonly date?: Instant;
  fingerprint(): string;
  page(): MessagePage;
}

/** GET /messages: those of conversations with a reply, newest first. */
export async function listMessages({ exchange }: Vendor, asked: Asked): Promise<MessageAnswer> {
  const { date, fingerprint, parse } = await exchange({
    operation: LIST,
    path: ['messages'],
    query: { ...asked },
    schema: MessagesWire,
  });
  return {
    ...(date === undefined ? {} : { date }),
    fingerprint,
    page() {
      const { data, next } = parse();
      const { items, unreadable } = parseEach(data, MessageWire, rowOf, idOf);
      return { rows: items, unreadable, received: data.length, ...(next ? { next } : {}) };
    },
  };
}

/** The same from the top where the vendor knows no such cursor. `calls`: what it took. */
export async function listFrom(
  vendor: Vendor,
  asked: Asked,
): Promise<{ readonly answer: MessageAnswer; readonly calls: number }> {
  try {
    return { answer: await listMessages(vendor, asked), calls: 1 };
  } catch (error) {
    const isRefused = error instanceof ProviderError && error.failure.kind === 'invalid';
    if (!isRefused || asked.cursor === undefined) throw error;
    const { cursor: _, ...top } = asked;
    return { answer: await listMessages(vendor, top), calls: 2 };
  }
}

const pathOf = (conversation: string, ...more: readonly string[]) => ['conversations', conversation, ...more];

export async function readConversation({ call }: Vendor, id: string): Promise<ConversationWire> {
  return (await call({ operation: READ, path: pathOf(id), schema: ConversationWire })).value;
}

export interface Messages {
  readonly messages: readonly Message[];
  readonly unreadable: readonly Unreadable[];
}

/** GET /conversations/{id}/messages, every page. */
export async function readMessages({ call, log }: Vendor, id: string): Promise<Messages> {
  const messages: Message[] = [];
  const unreadable: Unreadable[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < CONVERSATION_PAGES_MAX; pages += 1) {
    const query = { limit: PAGE_ROWS_MAX, cursor };
    const { value } = await call({ operation: READ, path: pathOf(id, 'messages'), query, schema: MessagesWire });
    const parsed = parseEach(value.data, MessageWire, messageOf, idOf);
    messages.push(...parsed.items);
    unreadable.push(...parsed.unreadable);
    cursor = value.next ?? undefined;
    if (cursor === undefined) return { messages: inOrder(messages), unreadable };
  }
  log.warn('outfinch.messages.cut', { thread: id });
  return { messages: inOrder(messages), unreadable };
}

export async function listCampaigns({ call }: Vendor): Promise<readonly Campaign[]> {
  const { value } = await call({ operation: 'list campaigns', path: ['campaigns'], schema: CampaignsWire });
  return parseEach(value.data, CampaignWire, campaignOf, () => undefined).items;
}

export interface Outgoing {
  readonly text: string;
  readonly html: string;
  readonly files: readonly { readonly name: string; readonly type: string; readonly url: string }[];
}

/** POST /conversations/{id}/messages. Sent once. */
export async function postMessage({ call }: Vendor, id: string, body: Outgoing): Promise<Receipt> {
  const { value } = await call({
    operation: WRITE,
    method: 'POST',
    path: pathOf(id, 'messages'),
    body: { ...body },
    schema: SentWire,
  });
  return { messageId: value.id };
}
