import { z } from 'zod/mini';

const Person = z.object({ email: z.string(), name: z.nullable(z.string()) });
const Campaign = z.nullable(z.object({ id: z.nullable(z.string()), name: z.nullable(z.string()) }));
const Vendor = z.record(z.string(), z.unknown());

export const ConnectionView = z.object({
  id: z.string(),
  provider: z.string(),
  paused: z.boolean(),
  campaigns: z.array(z.string()),
  /** How late each feed is; empty until its first poll. */
  feeds: z.array(z.object({ feed: z.string(), lagMs: z.number(), everyMs: z.number() })),
});

export const CampaignView = z.object({
  connection: z.string(),
  id: z.string(),
  name: z.string(),
  status: z.string(),
  vendor: Vendor,
});

export const ThreadView = z.object({
  /** CONNECTION/THREAD: what every command and payload calls the thread. */
  id: z.string(),
  connection: z.string(),
  campaign: Campaign,
  lead: Person,
  box: z.enum(['reply', 'sent']),
  subject: z.nullable(z.string()),
  intent: z.nullable(z.string()),
  interested: z.boolean(),
  starred: z.nullable(z.boolean()),
  read: z.nullable(z.boolean()),
  tags: z.array(z.string()),
  preview: z.nullable(z.string()),
  lastActivityAt: z.string(),
  messageCount: z.nullable(z.number()),
  vendor: Vendor,
});

const Attachment = z.object({
  filename: z.string(),
  contentType: z.string(),
  sizeBytes: z.nullable(z.number()),
  url: z.nullable(z.string()),
});

export const MessageView = z.object({
  id: z.string(),
  direction: z.enum(['inbound', 'outbound']),
  from: Person,
  to: z.array(Person),
  cc: z.array(Person),
  bcc: z.array(Person),
  subject: z.nullable(z.string()),
  text: z.nullable(z.string()),
  html: z.nullable(z.string()),
  sentAt: z.string(),
  attachments: z.array(Attachment),
  vendor: Vendor,
});

const Unreadable = z.object({ id: z.string(), issues: z.array(z.string()) });

export const ConversationView = z.object({
  thread: ThreadView,
  mailbox: z.nullable(z.string()),
  messages: z.array(MessageView),
  unreadable: z.array(Unreadable),
});

export const DeliveryView = z.object({
  state: z.enum(['pending', 'delivered', 'parked']),
  tries: z.number(),
  nextAt: z.nullable(z.string()),
  triedAt: z.nullable(z.string()),
  lastError: z.nullable(z.string()),
});

export const EventView = z.object({
  id: z.string(),
  type: z.string(),
  connection: z.string(),
  recordedAt: z.string(),
  /** By sink; null until the event is first swept. */
  deliveries: z.nullable(z.record(z.string(), DeliveryView)),
  /** Null once the body has gone, 90 days after it was recorded. */
  event: z.nullable(z.record(z.string(), z.unknown())),
});

export const TokenView = z.object({ id: z.string(), name: z.string(), createdAt: z.string() });
/** The only answer that ever holds the token itself. */
export const NewTokenView = z.extend(TokenView, { token: z.string() });

export const CheckView = z.object({
  subject: z.string(),
  state: z.enum(['ok', 'warning', 'broken']),
  detail: z.string(),
});

export const PollView = z.object({
  connection: z.string(),
  feeds: z.number(),
  polled: z.number(),
  recorded: z.number(),
  failure: z.nullable(z.string()),
});

export const ProgressView = z.object({
  connection: z.string(),
  threads: z.number(),
  total: z.nullable(z.number()),
  recorded: z.number(),
  state: z.enum(['running', 'done', 'stopped']),
});

export const ReplayView = z.object({ replayed: z.number() });
export const SinkTestView = z.object({ sink: z.string(), delivered: z.boolean(), detail: z.string() });

/** What kept one connection out of a list over all of them. */
export const ListFailure = z.object({ connection: z.string(), detail: z.string() });

export const listOf = <Item extends z.ZodMiniType>(item: Item) =>
  z.object({
    items: z.array(item),
    cursor: z.nullable(z.string()),
    failures: z.array(ListFailure),
    unreadable: z.number(),
  });

export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string(),
});

export type ConnectionView = z.infer<typeof ConnectionView>;
export type CampaignView = z.infer<typeof CampaignView>;
export type ThreadView = z.infer<typeof ThreadView>;
export type MessageView = z.infer<typeof MessageView>;
export type ConversationView = z.infer<typeof ConversationView>;
export type DeliveryView = z.infer<typeof DeliveryView>;
export type EventView = z.infer<typeof EventView>;
export type TokenView = z.infer<typeof TokenView>;
export type NewTokenView = z.infer<typeof NewTokenView>;
export type CheckView = z.infer<typeof CheckView>;
export type PollView = z.infer<typeof PollView>;
export type ProgressView = z.infer<typeof ProgressView>;
export type ReplayView = z.infer<typeof ReplayView>;
export type SinkTestView = z.infer<typeof SinkTestView>;
export type Problem = z.infer<typeof Problem>;
export interface List<Item> {
  readonly items: readonly Item[];
  readonly cursor: string | null;
  readonly failures: readonly { readonly connection: string; readonly detail: string }[];
  readonly unreadable: number;
}
