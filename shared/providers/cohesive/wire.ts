import * as z from 'zod/mini';
import { flag, givenInstant, idText, instant, listed, maybe } from '../tolerant.ts';

/** Cohesive's JSON. The page names item fields only; how lists are wrapped is not documented. */

const LIST_KEYS = ['data', 'items', 'results', 'replies', 'conversations', 'emails', 'inbox', 'messages', 'campaigns'];

function listIn(json: unknown, depth = 0): readonly unknown[] | undefined {
  if (Array.isArray(json)) return json;
  // Some servers have no other way to say that there is nothing.
  if (json === null) return [];
  if (typeof json !== 'object' || depth > 1) return undefined;
  const fields = new Map<string, unknown>(Object.entries(json));
  for (const key of LIST_KEYS) {
    const list = fields.has(key) ? listIn(fields.get(key), depth + 1) : undefined;
    if (list) return list;
  }
  return undefined;
}

/** A bare array, the first array under a likely name, or null. Anything else is an error, never "no rows". */
export const ListWire = z.pipe(
  z.unknown(),
  z.transform((json, context): readonly unknown[] => {
    const list = listIn(json);
    if (list) return list;
    context.issues.push({ code: 'custom', message: 'no list found', input: json });
    return z.NEVER;
  }),
);

/** An entry of GET /campaigns. Source: "Campaigns", API page. */
export const CampaignWire = z.looseObject({
  id: idText,
  status: maybe(z.string()),
  name: maybe(z.string()),
});
export type CampaignWire = z.infer<typeof CampaignWire>;

/** An entry of GET /{campaignId}/inbox/all and …/inbox/replies. Source: "Inbox", API page. */
export const RowWire = listed({
  leadEmail: idText,
  leadName: maybe(z.string()),
  category: maybe(z.string()),
  lastTimestamp: maybe(instant),
  isInterested: maybe(flag),
  tagline: maybe(z.string()),
  tags: maybe(z.array(z.unknown())),
});
export type RowWire = z.infer<typeof RowWire>;

/** GET /{campaignId}/conversation: nothing may come as null, but what has no history at all is none. Source: "Inbox", API page. */
export const ConversationWire = z.object({
  fromEmail: maybe(z.string()),
  toEmail: maybe(z.string()),
  history: z.nullable(z.array(z.unknown())),
});
export type ConversationWire = z.infer<typeof ConversationWire>;

const AttachmentWire = z.object({
  url: maybe(z.string()),
  filename: maybe(z.string()),
  contentType: maybe(z.string()),
});

/** Documented as an array; the request takes text, so text is read too. */
const People = maybe(z.union([z.string(), z.array(z.string())]));

/** CohesiveCampaignMessage. Source: "Types", API page. */
export const MessageWire = listed({
  type: maybe(z.string()),
  id: maybe(z.string()),
  time: givenInstant,
  from: idText,
  to: maybe(z.string()),
  emailBody: maybe(z.string()),
  subject: maybe(z.string()),
  statsId: maybe(z.string()),
  cc: People,
  bcc: People,
  attachments: maybe(z.array(AttachmentWire)),
});
export type MessageWire = z.infer<typeof MessageWire>;

/** POST …/reply and …/forward. Source: "Actions", API page. */
export const SentWire = z
  .object({ message: maybe(z.string()), success: maybe(z.boolean()) })
  .check(z.refine(({ message, success }) => Boolean(message) || success === true));
