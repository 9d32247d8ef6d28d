import { ProviderError } from '../../failure.ts';
import type { Answer } from '../../http/json-client.ts';
import { normalisedLabel } from '../../labels.ts';
import type { Campaign, Instant, JsonObject, Thread, Unreadable } from '../../model.ts';
import type { Receipt } from '../../provider.ts';
import type { Vendor } from '../define-provider.ts';
import { refuseUnreadable } from '../refuse.ts';
import { withTimes } from '../row-times.ts';
import { parseEach, ROOM_FOR_REPLIES } from '../tolerant.ts';
import { campaignOf, idOfRow, rowOf } from './map.ts';
import {
  CampaignsWire,
  CampaignWire,
  DetailsWire,
  ListWire,
  MessagesWire,
  ReadWire,
  RowWire,
  SentWire,
  StarWire,
} from './wire.ts';

/** Rows of a page, the most the vendor gives. Source: "Query Parameters", Replies API page. */
export const PAGE_ROWS_MAX = 100;
const CAMPAIGN_PAGES_MAX = 50;
/** Labels whose spelling is remembered. */
const LABELS_MAX = 200;
/** Of each. */
const SPELLINGS_MAX = 4;

export interface DetailsIfAny {
  readonly details?: DetailsWire;
  readonly lacks?: ProviderError;
}

export interface ColdSend extends Vendor {
  /** The vendor's own spellings of each label, as rows showed them, the last one last: the filter's spelling is not documented. */
  readonly labels: Map<string, Set<string>>;
  /** Spellings that a list came empty under, though another brought rows, and when that was. */
  readonly barren: Map<string, Instant>;
  /** Of threads whose messages were not to be had yet. */
  readonly details: Map<string, DetailsIfAny>;
  /** Campaigns by name, as they were listed last. */
  campaigns: CampaignIds;
  /** By the label a list is filtered by; '' for none. */
  readonly sizesOfPages: Map<string, PageSizes>;
}

/** How many rows the vendor puts on a page of a list. */
export interface PageSizes {
  readonly usual: number;
  /** On the page read last. */
  readonly last: number;
  /** On the longest one. */
  readonly most: number;
  /** It sent more than it was asked for: what is asked for it does not heed. */
  readonly isFixed: boolean;
}

export interface CampaignIds {
  readonly askedAt: Instant;
  /** Undefined for a name that several have. */
  readonly byName: ReadonlyMap<string, string | undefined>;
}

export const NO_CAMPAIGN_IDS: CampaignIds = { askedAt: Number.NEGATIVE_INFINITY, byName: new Map() };

export interface ListFilter {
  readonly campaign_id?: string;
  readonly is_read?: boolean;
  readonly is_starred?: boolean;
  readonly category?: string;
}

export interface ListPage {
  readonly threads: readonly Thread[];
  readonly unreadable: readonly Unreadable[];
  readonly received: number;
  /** What the vendor says it sent, which may be less than we asked for. */
  readonly page: number;
  /** Rows that a page of this list holds, by what the vendor says and by what it did: its pages are counted in them. */
  readonly limit: number;
  readonly total?: number;
}

export interface ListAnswer {
  readonly date?: Instant;
  fingerprint(): string;
  page(): ListPage;
}

export function positive(value: number | null | undefined, otherwise: number): number {
  return value != null && Number.isInteger(value) && value > 0 ? value : otherwise;
}

/** A first page that is short of rows which the list has shows how many rows the vendor puts on a page, whatever it says. */
function rowsOfPage(page: number, limit: number, received: number, has: number): number {
  return page === 1 && received > 0 && received < Math.min(limit, has) ? received : limit;
}

/** How many rows the list has, as far as is known. A vendor that names neither a total nor its limit may have cut any page. */
const rowsOfList = (total: number | undefined, limit: number | null | undefined): number =>
  total ?? (limit == null ? Number.POSITIVE_INFINITY : 0);

function learnSpelling(labels: ColdSend['labels'], spelling: string): void {
  const label = normalisedLabel(spelling);
  const known = labels.get(label) ?? (labels.size < LABELS_MAX ? new Set<string>() : undefined);
  if (!known || (known.size >= SPELLINGS_MAX && !known.has(spelling))) return;
  known.delete(spelling);
  labels.set(label, known.add(spelling));
}

/** GET /replies. A filter that is not set is left out: `false` is a filter too. */
export async function listThreads(
  { exchange, labels }: ColdSend,
  wanted: { readonly page: number; readonly limit: number; readonly filter?: ListFilter },
): Promise<ListAnswer> {
  const { page, limit, filter } = wanted;
  const query = { page, limit, ...filter };
  const answer = await exchange({
    operation: 'list threads',
    path: ['replies'],
    query,
    schema: ListWire,
    bytesMax: ROOM_FOR_REPLIES,
  });
  const { parse, fingerprint, date } = answer;
  return {
    ...(date === undefined ? {} : { date }),
    fingerprint,
    page() {
      const value = parse();
      const rows = value.conversations ?? [];
      const timeOf = ({ last_message_at }: JsonObject) => last_message_at;
      const read = parseEach(rows, RowWire, rowOf, idOfRow, timeOf);
      let shown: string | undefined;
      for (const { thread } of read.items) {
        const { intent } = thread;
        if (intent !== undefined && intent !== shown) learnSpelling(labels, intent);
        shown = intent;
      }
      const { total_count: said } = value;
      // A list has the rows of its page at least. What counts fewer counts something else, and is believed of its limit neither.
      const isFalse = said != null && said < rows.length;
      const total = isFalse ? undefined : (said ?? undefined);
      // What is said is an echo, and may be one of something else; more rows than were asked for, or came, no page holds.
      const most = rows.length > limit ? rows.length : limit;
      const sent = { page: positive(value.page, page), limit: Math.min(most, positive(value.limit, limit)) };
      return {
        threads: withTimes(read.items),
        unreadable: read.unreadable,
        received: rows.length,
        page: sent.page,
        limit: rowsOfPage(sent.page, sent.limit, rows.length, rowsOfList(total, isFalse ? undefined : value.limit)),
        ...(total === undefined ? {} : { total }),
      };
    },
  };
}

/** The label as the filter wants it: the spelling that rows showed last, else the documented one. */
export const labelFilter = ({ labels }: ColdSend, label: string): string =>
  [...(labels.get(normalisedLabel(label)) ?? [])].at(-1) ?? label;

const threadPath = (threadId: string, ...more: readonly string[]) => ['replies', 'threads', threadId, ...more];

/** GET /replies/threads/{id}. */
export async function threadDetails({ call }: ColdSend, threadId: string): Promise<DetailsWire> {
  const { value } = await call({ operation: 'read thread', path: threadPath(threadId), schema: DetailsWire });
  return value;
}

/** For openings: messages are what matters, so details that are not told do not fail them. A vendor that asks to wait was not asked. */
export async function detailsIfAny(coldsend: ColdSend, threadId: string): Promise<DetailsIfAny> {
  try {
    return { details: await threadDetails(coldsend, threadId) };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    const { failure } = error;
    if (failure.kind === 'throttled' && !failure.alone) throw error;
    return failure.kind === 'not-found' ? {} : { lacks: error };
  }
}

/** GET /replies/threads/{id}/messages, one page. `room`: where the answer is worth more than usual. */
export async function messagesPage(
  { call }: ColdSend,
  threadId: string,
  query: { readonly page: number; readonly limit: number },
  room: { readonly bytesMax?: number },
): Promise<Answer<MessagesWire>> {
  const path = threadPath(threadId, 'messages');
  return await call({ operation: 'read messages', path, query, schema: MessagesWire, ...room });
}

/** GET /campaigns, every page. */
export async function listCampaigns({ call, label, log }: ColdSend): Promise<readonly Campaign[]> {
  const operation = 'list campaigns';
  const campaigns = new Map<string, Campaign>();
  for (let page = 1; page <= CAMPAIGN_PAGES_MAX; page++) {
    const query = { page, limit: PAGE_ROWS_MAX };
    const { value } = await call({ operation, path: ['campaigns'], query, schema: CampaignsWire });
    const { items, unreadable } = parseEach(value.campaigns, CampaignWire, campaignOf, () => undefined);
    refuseUnreadable(label, operation, items, unreadable);
    if (unreadable.length > 0) log.warn('coldsend.campaigns.unreadable', { rows: unreadable.length });
    const known = campaigns.size;
    for (const campaign of items) campaigns.set(campaign.id, campaign);
    const { has_next: hasNext, pages } = value.pagination ?? {};
    const more = hasNext ?? (pages == null ? value.campaigns.length >= PAGE_ROWS_MAX : page < pages);
    if (!more || campaigns.size === known) return [...campaigns.values()];
  }
  log.warn('coldsend.campaigns.cut', { pages: CAMPAIGN_PAGES_MAX });
  return [...campaigns.values()];
}

/** The list of campaigns is asked for a name that it did not have no sooner than after this. */
const CAMPAIGNS_FRESH_MS = 10 * 60_000;

/** The id of the one campaign of that name; undefined where there is none, or several, or the key may not list them. */
export async function campaignIdOf(coldsend: ColdSend, name: string): Promise<string | undefined> {
  const { campaigns, clock } = coldsend;
  const now = clock.now();
  if (campaigns.byName.has(name) || Math.abs(now - campaigns.askedAt) < CAMPAIGNS_FRESH_MS)
    return campaigns.byName.get(name);
  coldsend.campaigns = { ...campaigns, askedAt: now };
  try {
    const byName = new Map<string, string | undefined>();
    for (const campaign of await listCampaigns(coldsend))
      byName.set(campaign.name, byName.has(campaign.name) ? undefined : campaign.id);
    coldsend.campaigns = { askedAt: now, byName };
    return byName.get(name);
  } catch (error) {
    if (error instanceof ProviderError && error.failure.kind !== 'throttled') return undefined;
    throw error;
  }
}

export interface OutgoingReply {
  readonly body: string;
  readonly html_body?: string;
  readonly attachments?: readonly {
    readonly filename: string;
    readonly content_type: string;
    readonly content_base64: string;
  }[];
}

/** POST /replies/threads/{id}/reply. Sent once. */
export async function postReply({ call }: ColdSend, threadId: string, body: OutgoingReply): Promise<Receipt> {
  const { value } = await call({
    operation: 'reply',
    method: 'POST',
    path: threadPath(threadId, 'reply'),
    body: { ...body },
    schema: SentWire,
  });
  return value.message_id ? { messageId: value.message_id } : {};
}

/** PATCH /replies/threads/{id}/star, a toggle. Answers the new state where the vendor tells it. */
export async function toggleStar({ call }: ColdSend, threadId: string): Promise<boolean | undefined> {
  const path = threadPath(threadId, 'star');
  const { value } = await call({ operation: 'star', method: 'PATCH', path, schema: StarWire });
  return value.is_starred ?? undefined;
}

/** PATCH /replies/threads/{id}/read, without a body. */
export async function patchRead({ call }: ColdSend, threadId: string): Promise<void> {
  await call({ operation: 'mark read', method: 'PATCH', path: threadPath(threadId, 'read'), schema: ReadWire });
}
