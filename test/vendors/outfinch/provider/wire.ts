import * as z from 'zod/mini';
import { idText, instant, maybe } from '../../../../shared/providers/tolerant.ts';

/** GET /messages and GET /conversations/{id}/messages: newest first, without a total. */
export const MessagesWire = z.object({
  data: z.array(z.unknown()),
  next: maybe(z.string()),
});

const PersonWire = z.object({ email: idText, name: maybe(z.string()) });
export type PersonWire = z.infer<typeof PersonWire>;

const Conversation = z.object({
  id: idText,
  /** A number of the vendor's own. */
  label: maybe(z.number()),
  subject: maybe(z.string()),
  mailbox: maybe(z.string()),
  campaign: maybe(z.object({ id: idText, name: maybe(z.string()) })),
  contact: PersonWire,
});
export type ConversationWire = z.infer<typeof Conversation>;

/** GET /conversations/{id}. */
export const ConversationWire = Conversation;

export const MessageWire = z.looseObject({
  id: idText,
  conversation: Conversation,
  direction: z.enum(['in', 'out']),
  from: PersonWire,
  to: maybe(z.array(PersonWire)),
  cc: maybe(z.array(PersonWire)),
  subject: maybe(z.string()),
  text: maybe(z.string()),
  html: maybe(z.string()),
  /** As the mail itself says, by the clock of whoever wrote it. */
  sent: maybe(instant),
  /** By the vendor's clock. */
  received: instant,
  files: maybe(
    z.array(z.object({ name: z.string(), type: maybe(z.string()), bytes: maybe(z.number()), url: maybe(z.string()) })),
  ),
});
export type MessageWire = z.infer<typeof MessageWire>;

/** GET /campaigns, whole. */
export const CampaignsWire = z.object({ data: z.array(z.unknown()) });

export const CampaignWire = z.looseObject({ id: idText, name: maybe(z.string()), state: maybe(z.string()) });
export type CampaignWire = z.infer<typeof CampaignWire>;

/** POST /conversations/{id}/messages. */
export const SentWire = z.object({ id: idText });
