import * as z from 'zod/mini';
import type { Message } from '../../shared/model.ts';
import { isRecord } from '../memory.ts';
import { type Place, threadNamed } from './place.ts';

const Person = z.object({ email: z.string(), name: z.nullable(z.string()) });
const MessageWire = z.object({
  id: z.string(),
  direction: z.enum(['inbound', 'outbound']),
  from: Person,
  to: z.array(Person),
  cc: z.array(Person),
  subject: z.nullable(z.string()),
  text: z.nullable(z.string()),
  html: z.nullable(z.string()),
  sentAt: z.string(),
  attachments: z.array(
    z.object({
      filename: z.string(),
      contentType: z.string(),
      sizeBytes: z.nullable(z.number()),
      url: z.nullable(z.string()),
    }),
  ),
  vendor: z.record(z.string(), z.unknown()),
});
type MessageWire = z.infer<typeof MessageWire>;
const ConversationWire = z.object({ messages: z.array(MessageWire) });

type Loose = { readonly [key: string]: unknown };
const isJsonObject = (value: Loose): value is Message['vendor'] => isRecord(value);

const personOf = ({ email, name }: z.infer<typeof Person>) => ({ email, ...(name === null ? {} : { name }) });

/** A message as the rest of this app knows it. */
function messageOf({
  id,
  direction,
  from,
  to,
  cc,
  subject,
  text,
  html,
  sentAt,
  attachments,
  vendor,
}: MessageWire): Message {
  return {
    id,
    direction,
    from: personOf(from),
    to: to.map(personOf),
    cc: cc.map(personOf),
    bcc: [],
    ...(subject === null ? {} : { subject }),
    ...(text === null ? {} : { text }),
    ...(html === null ? {} : { html }),
    sentAt: Date.parse(sentAt),
    attachments: attachments.map(({ filename, contentType, sizeBytes, url }) => ({
      filename,
      contentType,
      ...(sizeBytes === null ? {} : { sizeBytes }),
      ...(url === null ? {} : { url }),
    })),
    vendor: isJsonObject(vendor) ? vendor : {},
  };
}

/** The messages of a thread, oldest first. */
export async function conversationOf({ ask }: Place, threadId: string): Promise<readonly Message[]> {
  const { connection, thread } = threadNamed(threadId);
  const { messages } = await ask({ method: 'GET', path: ['threads', connection, thread], shape: ConversationWire });
  return messages.map(messageOf);
}
