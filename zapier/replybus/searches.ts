import * as z from 'zod/mini';
import { UserError } from '../../shared/failure.ts';
import { CAMPAIGN_STATUSES } from '../../shared/model.ts';
import { CAMPAIGN_ITEM, DEPLOYED_THREAD, MESSAGE_ITEM, outputFieldsOf, sampleOf } from '../catalogue.ts';
import { Gone, told } from '../errors.ts';
import { FIND_CAMPAIGN, FIND_MESSAGES, FIND_THREAD } from '../faces.ts';
import { CAMPAIGN, THREAD } from '../fields.ts';
import { neededText, textOf } from '../input.ts';
import { leadOf } from '../items.ts';
import type { Bundle, Search, Z } from '../platform.ts';
import { CAMPAIGN_SEARCH, campaignItems, DIRECTION, messageItems, SEARCH } from '../searches/searches.ts';
import { conversationOf } from './conversation.ts';
import { CONNECTION } from './fields.ts';
import { stateOf } from './items.ts';
import { connectionsOf, consoleLinks, openPlace, type Place } from './place.ts';

const THREADS_MAX = 20;
/** Pages that one search asks for; behind each the deployment may ask a vendor ten times. */
const PAGES_MAX = 3;
const PAGE_MS = 8_000;

const ThreadWire = z.object({
  id: z.string(),
  connection: z.string(),
  campaign: z.nullable(z.object({ id: z.nullable(z.string()), name: z.nullable(z.string()) })),
  lead: z.object({ email: z.string(), name: z.nullable(z.string()) }),
  subject: z.nullable(z.string()),
  intent: z.nullable(z.string()),
  interested: z.boolean(),
  starred: z.nullable(z.boolean()),
  read: z.nullable(z.boolean()),
  tags: z.array(z.string()),
  preview: z.nullable(z.string()),
  lastActivityAt: z.string(),
  messageCount: z.nullable(z.number()),
  vendor: z.record(z.string(), z.unknown()),
});
type ThreadWire = z.infer<typeof ThreadWire>;
const ThreadsWire = z.object({
  items: z.array(ThreadWire),
  cursor: z.nullable(z.string()),
  failures: z.array(z.object({ connection: z.string(), detail: z.string() })),
});

export type ThreadsQuery = Readonly<Record<string, string | undefined>>;

export const threadsPage = async ({ ask }: Place, query: ThreadsQuery) =>
  await ask({ method: 'GET', path: ['threads'], query, shape: ThreadsWire });

function threadItem(thread: ThreadWire, provider: string | null, link: (id: string) => string | null) {
  return {
    id: thread.id,
    connection: thread.connection,
    provider,
    campaign_id: thread.campaign?.id ?? null,
    campaign_name: thread.campaign?.name ?? null,
    ...leadOf(thread.lead),
    subject: thread.subject,
    preview: thread.preview,
    ...stateOf(thread),
    thread_url: link(thread.id),
    vendor: thread.vendor,
  };
}

const isOf = ({ lead }: ThreadWire, address: string) => lead.email.toLowerCase() === address.toLowerCase();

/** Nothing found means that there is nothing: what could not be looked through ends in a sentence. */
async function found(place: Place, search: string, where: ThreadsQuery): Promise<readonly ThreadWire[]> {
  const rows: ThreadWire[] = [];
  let cursor: string | null = null;
  let why = 'older threads are still to be looked through; choose a connection or a campaign';
  for (let pages = 0; pages < PAGES_MAX; pages += 1) {
    const page = await threadsPage(place, { ...where, search, cursor: cursor ?? undefined });
    rows.push(...page.items);
    cursor = page.cursor;
    if (page.failures[0]) why = page.failures[0].detail;
    const isEnough = rows.length >= THREADS_MAX || rows.some((row) => isOf(row, search));
    if (cursor === null && page.failures.length > 0 && rows.length === 0) cursor = '';
    if (isEnough || !cursor || place.deadline.leftMs() < PAGE_MS) break;
  }
  if (rows.length === 0 && cursor !== null)
    throw new UserError(
      `Nothing was found as far as one search may go, but not everything could be searched: ${why}.`,
      1,
    );
  return rows
    .toSorted(
      (one, other) =>
        Number(isOf(other, search)) - Number(isOf(one, search)) ||
        other.lastActivityAt.localeCompare(one.lastActivityAt),
    )
    .slice(0, THREADS_MAX);
}

async function findThread(zapier: Z, bundle: Bundle) {
  const place = openPlace(zapier, bundle, 'find_thread');
  const search = neededText(bundle, 'search', 'Search').trim();
  const where = { connection: textOf(bundle, 'connection')?.trim(), campaign: textOf(bundle, 'campaign_id')?.trim() };
  const [rows, connections, link] = await Promise.all([
    found(place, search, where),
    connectionsOf(place),
    consoleLinks(place),
  ]);
  const providers = new Map(connections.map(({ id, provider }) => [id, provider]));
  return rows.map((row) => threadItem(row, providers.get(row.connection) ?? null, link));
}

/** A search that finds nothing is no error. */
function nothingIfGone(error: unknown): readonly never[] {
  if (error instanceof Gone) return [];
  throw error;
}

async function findMessages(zapier: Z, bundle: Bundle) {
  const place = openPlace(zapier, bundle, 'find_messages');
  const threadId = neededText(bundle, 'thread_id', 'Thread').trim();
  const messages = await conversationOf(place, threadId).catch(nothingIfGone);
  return await messageItems(bundle, threadId, messages);
}

const CampaignsWire = z.object({
  items: z.array(
    z.object({
      connection: z.string(),
      id: z.string(),
      name: z.string(),
      status: z.catch(z.enum(CAMPAIGN_STATUSES), 'unknown'),
    }),
  ),
});

export async function campaignsAt({ ask }: Place, connection: string | undefined) {
  const { items } = await ask({ method: 'GET', path: ['campaigns'], query: { connection }, shape: CampaignsWire });
  return items.map((campaign) => ({ ...campaign, vendor: {} }));
}

async function findCampaign(zapier: Z, bundle: Bundle) {
  const place = openPlace(zapier, bundle, 'find_campaign');
  const search = neededText(bundle, 'search', 'Search').trim();
  const listed = await campaignsAt(place, textOf(bundle, 'connection')?.trim());
  return campaignItems(listed, search);
}

export function searches(): readonly Search[] {
  return [
    {
      ...FIND_THREAD,
      operation: {
        perform: told(findThread),
        inputFields: [SEARCH, CONNECTION, CAMPAIGN],
        outputFields: outputFieldsOf(DEPLOYED_THREAD),
        sample: sampleOf(DEPLOYED_THREAD),
      },
    },
    {
      ...FIND_MESSAGES,
      operation: {
        perform: told(findMessages),
        inputFields: [THREAD, DIRECTION],
        outputFields: outputFieldsOf(MESSAGE_ITEM),
        sample: sampleOf(MESSAGE_ITEM),
      },
    },
    {
      ...FIND_CAMPAIGN,
      operation: {
        perform: told(findCampaign),
        inputFields: [CAMPAIGN_SEARCH, CONNECTION],
        outputFields: outputFieldsOf(CAMPAIGN_ITEM),
        sample: sampleOf(CAMPAIGN_ITEM),
      },
    },
  ];
}
