import * as z from 'zod/mini';
import { UserError } from '../../shared/failure.ts';
import type { CampaignStatus } from '../../shared/model.ts';
import { CAMPAIGN_ITEM, DEPLOYED_THREAD, MESSAGE_ITEM, outputFieldsOf, sampleOf } from '../catalogue.ts';
import { Halt, told } from '../errors.ts';
import { THREAD } from '../fields.ts';
import { wordsOf } from '../hydrators.ts';
import { neededText, textOf } from '../input.ts';
import { leadOf, messageItem } from '../items.ts';
import type { Bundle, Search, Z } from '../platform.ts';
import { CAMPAIGN_SEARCH, campaignsLike, DIRECTION, SEARCH } from '../searches/searches.ts';
import { conversationOf } from './conversation.ts';
import { CAMPAIGN, CONNECTION } from './fields.ts';
import { connectionsOf, consoleLinks, openPlace, type Place } from './place.ts';

const THREADS_MAX = 20;
const MESSAGES_MAX = 100;
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
export type ThreadWire = z.infer<typeof ThreadWire>;
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
    intent: thread.intent,
    interested: thread.interested,
    starred: thread.starred,
    read: thread.read,
    tags: thread.tags,
    last_activity_at: thread.lastActivityAt,
    message_count: thread.messageCount,
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
  if (error instanceof Halt) return [];
  throw error;
}

async function findMessages(zapier: Z, bundle: Bundle) {
  const place = openPlace(zapier, bundle, 'find_messages');
  const threadId = neededText(bundle, 'thread_id', 'Thread').trim();
  const direction = textOf(bundle, 'direction') ?? 'any';
  const messages = await conversationOf(place, threadId).catch(nothingIfGone);
  const wanted = messages.filter((message) => direction === 'any' || message.direction === direction);
  const newest = wanted.toReversed().slice(0, MESSAGES_MAX);
  return await Promise.all(newest.map(async (message) => messageItem(threadId, message, await wordsOf(message))));
}

const STATUSES = [
  'draft',
  'active',
  'paused',
  'completed',
  'stopped',
  'archived',
  'failed',
  'unknown',
] as const satisfies readonly CampaignStatus[];
const CampaignsWire = z.object({
  items: z.array(
    z.object({
      connection: z.string(),
      id: z.string(),
      name: z.string(),
      status: z.catch(z.enum(STATUSES), 'unknown'),
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
  return campaignsLike(listed, search).map(({ id, name, status, vendor }) => ({ id, name, status, vendor }));
}

export function searches(): readonly Search[] {
  return [
    {
      key: 'find_thread',
      noun: 'Thread',
      display: { label: 'Find Thread', description: 'Finds a thread by address, name or words of a lead.' },
      operation: {
        perform: told(findThread),
        inputFields: [SEARCH, CONNECTION, CAMPAIGN],
        outputFields: outputFieldsOf(DEPLOYED_THREAD),
        sample: sampleOf(DEPLOYED_THREAD),
      },
    },
    {
      key: 'find_messages',
      noun: 'Message',
      display: { label: 'Find Messages', description: 'Finds the messages of a thread, newest first.' },
      operation: {
        perform: told(findMessages),
        inputFields: [THREAD, DIRECTION],
        outputFields: outputFieldsOf(MESSAGE_ITEM),
        sample: sampleOf(MESSAGE_ITEM),
      },
    },
    {
      key: 'find_campaign',
      noun: 'Campaign',
      display: { label: 'Find Campaign', description: 'Finds a campaign by its name, with its status.' },
      operation: {
        perform: told(findCampaign),
        inputFields: [CAMPAIGN_SEARCH, CONNECTION],
        outputFields: outputFieldsOf(CAMPAIGN_ITEM),
        sample: sampleOf(CAMPAIGN_ITEM),
      },
    },
  ];
}
