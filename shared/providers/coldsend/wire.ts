import * as z from 'zod/mini';
import { flag, idText, instant, listed, maybe } from '../tolerant.ts';

/** ColdSend's JSON. The pages promise no nullability, so what we can do without may be absent. */

/** Nothing may come as an empty list, as null, or as no body at all. */
const rows = () => z.nullable(z.array(z.unknown()));
const orNothing = (list: string) =>
  z.pipe(
    z.unknown(),
    z.transform((json): unknown => json ?? { [list]: null }),
  );

/** GET /replies. Source: "List Conversations", Replies API page. */
const List = z.object({
  conversations: rows(),
  total_count: maybe(z.number()),
  page: maybe(z.number()),
  limit: maybe(z.number()),
});
export const ListWire = z.pipe(orNothing('conversations'), List);

/** A row of `conversations`. Source: the same sample. */
export const RowWire = listed({
  thread_id: idText,
  lead_email: idText,
  lead_name: maybe(z.string()),
  campaign_id: maybe(z.string()),
  campaign_name: maybe(z.string()),
  subject: maybe(z.string()),
  last_message_preview: maybe(z.string()),
  last_message_at: maybe(instant),
  is_read: maybe(flag),
  is_starred: maybe(flag),
  reply_count: maybe(z.number()),
  category: maybe(z.string()),
  tags: maybe(z.array(z.unknown())),
});
export type RowWire = z.infer<typeof RowWire>;

/** GET /replies/threads/{id}: a bare object, without messages. Source: thread details reference page. */
const Details = z.looseObject({
  thread_id: idText,
  lead_email: maybe(z.string()),
  lead_name: maybe(z.string()),
  campaign_id: maybe(z.string()),
  campaign_name: maybe(z.string()),
  subject: maybe(z.string()),
  created_at: maybe(instant),
  is_read: maybe(flag),
  is_starred: maybe(flag),
  reply_count: maybe(z.number()),
  inbox_email: maybe(z.string()),
  category: maybe(z.string()),
  tags: maybe(z.array(z.unknown())),
});
/** Lists stand under a name in their answers, and so may this: what it holds is the same. */
export const DetailsWire = z.pipe(
  z.pipe(
    z.unknown(),
    z.transform((json): unknown => {
      const isWrapped = typeof json === 'object' && json !== null && !('thread_id' in json) && 'thread' in json;
      return isWrapped ? json.thread : json;
    }),
  ),
  Details,
);
export type DetailsWire = z.infer<typeof Details>;

/** GET …/messages, paginated. Source: thread messages reference page. */
const MessagesPage = z.object({
  messages: rows(),
  total_count: maybe(z.number()),
  limit: maybe(z.number()),
  total_pages: maybe(z.number()),
  has_next: maybe(flag),
});
export const MessagesWire = z.pipe(orNothing('messages'), MessagesPage);
export type MessagesWire = z.infer<typeof MessagesWire>;

const AttachmentWire = z.object({
  filename: maybe(z.string()),
  content_type: maybe(z.string()),
  size_bytes: maybe(z.number()),
  url: maybe(z.string()),
});

/** A message. `is_outgoing` is its direction and cannot be missing. Source: the same page. */
export const MessageWire = listed({
  reply_id: maybe(z.string()),
  from_email: z.string(),
  to_email: maybe(z.string()),
  subject: maybe(z.string()),
  body_text: maybe(z.string()),
  body_html: maybe(z.string()),
  is_outgoing: flag,
  created_at: instant,
  attachments: maybe(z.array(AttachmentWire)),
});
export type MessageWire = z.infer<typeof MessageWire>;

/** POST …/reply. `message_id` may be null: the mail is only queued. Source: send-a-reply reference page. */
export const SentWire = z
  .object({ success: maybe(z.boolean()), message: maybe(z.string()), message_id: maybe(z.string()) })
  .check(z.refine(({ success, message, message_id: id }) => success === true || Boolean(message) || Boolean(id)));

/** PATCH …/star answers the new state. Source: toggle-thread-star reference page. */
export const StarWire = z.object({ is_starred: maybe(flag) });

/** PATCH …/read. Only that it is JSON matters: the state is read again. Source: mark-thread-as-read reference page. */
export const ReadWire = z.looseObject({});

/** GET /campaigns: pagination is nested, and named otherwise than that of replies. Source: list campaigns reference page. */
export const CampaignsWire = z.object({
  campaigns: z.array(z.unknown()),
  pagination: maybe(z.object({ has_next: maybe(flag), pages: maybe(z.number()) })),
});

export const CampaignWire = z.looseObject({
  campaign_id: idText,
  name: maybe(z.string()),
  status: maybe(z.string()),
});
export type CampaignWire = z.infer<typeof CampaignWire>;
