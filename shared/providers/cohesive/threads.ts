import { ProviderError } from '../../failure.ts';
import { digest } from '../../fingerprint.ts';
import { INTEREST_LABELS, INTERESTED, normalisedLabel } from '../../labels.ts';
import type { Campaign, Thread, Unreadable } from '../../model.ts';
import type {
  CampaignReader,
  SentReader,
  ThreadContent,
  ThreadPage,
  ThreadQuery,
  ThreadReader,
} from '../../provider.ts';
import type { Vendor } from '../define-provider.ts';
import { invalid, refuse } from '../refuse.ts';
import { type History, type InboxQuery, listCampaigns, listInbox, readConversation } from './api.ts';
import { cursorOf, type Position, positionOf } from './cursor.ts';
import { conversationNamed } from './feeds.ts';
import { type Box, type CampaignRef, threadOf } from './map.ts';
import { type Conversation, threadKey } from './thread-id.ts';

const OPERATION = 'list threads';
/** Lists one request may read while it finds nothing: campaigns can be empty. */
const LISTS_MAX = 10;
/** Rows of one campaign a list walks through. */
const OFFSET_MAX = 100_000;

type Filter = Omit<InboxQuery, 'offset'>;

function interestOf({ label }: Vendor, { interested, intent }: ThreadQuery): 'true' | 'false' | undefined {
  if (intent === undefined) return interested === undefined ? undefined : interested ? 'true' : 'false';
  const word = normalisedLabel(intent);
  if (!INTEREST_LABELS.includes(word))
    return invalid(label, OPERATION, `the only intents are ${INTEREST_LABELS.join(' and ')}`);
  const asked = word === INTERESTED;
  if (interested !== undefined && interested !== asked)
    return invalid(label, OPERATION, 'interested and intent ask for different things');
  return asked ? 'true' : 'false';
}

function filterOf(vendor: Vendor, query: ThreadQuery): Filter {
  const { starred, unread, search, sort } = query;
  const lacks = (capability: string) => refuse(vendor.label, OPERATION, { kind: 'unsupported', capability });
  if (starred !== undefined) lacks('stars');
  if (unread !== undefined) lacks('a read state');
  const isInterested = interestOf(vendor, query);
  return {
    ...(sort === undefined ? {} : { sortBy: sort }),
    ...(search ? { search } : {}),
    ...(isInterested === undefined ? {} : { isInterested }),
  };
}

interface Walk {
  readonly box: Box;
  readonly filter: Filter;
  /** Absent: every campaign but drafts, one after the other. */
  readonly campaign?: string;
}

interface Step {
  readonly threads: readonly Thread[];
  readonly unreadable: readonly Unreadable[];
  /** Where the same campaign goes on; absent at its end. */
  readonly next?: Position;
}

async function step(vendor: Vendor, { box, filter }: Walk, campaign: CampaignRef, position: Position): Promise<Step> {
  const query = { offset: position.offset, ...filter };
  const { threads, unreadable, received } = (await listInbox(vendor, { campaign, box, query })).page();
  const last = digest([threads.map(({ key }) => key), unreadable.map(({ id }) => id)]);
  if (received === 0 || last === position.last) return { threads: [], unreadable: [] };
  const offset = position.offset + received;
  if (offset <= OFFSET_MAX) return { threads, unreadable, next: { campaignId: campaign.id, offset, last } };
  vendor.log.warn('cohesive.list.cut', { campaign: campaign.id, offset });
  return { threads, unreadable };
}

/** A campaign deleted while all are walked hides no other; one asked for by name is missed. */
function emptyIfGone({ campaign }: Walk) {
  return (error: unknown): Step => {
    const isGone = error instanceof ProviderError && error.failure.kind === 'not-found';
    if (campaign !== undefined || !isGone) throw error;
    return { threads: [], unreadable: [] };
  };
}

const startOf = ({ id }: CampaignRef): Position => ({ campaignId: id, offset: 0, last: '' });

/** The campaigns to walk from `position` on, with their names. */
async function route(vendor: Vendor, walk: Walk, position: Position | undefined): Promise<readonly CampaignRef[]> {
  if (walk.campaign !== undefined) return [{ id: walk.campaign }];
  const listed: readonly Campaign[] = (await listCampaigns(vendor)).filter(({ status }) => status !== 'draft');
  const from = position === undefined ? 0 : listed.findIndex(({ id }) => id === position.campaignId);
  return from < 0 ? [] : listed.slice(from);
}

async function page(vendor: Vendor, walk: Walk, cursor: string | undefined): Promise<ThreadPage> {
  const given = cursor === undefined ? undefined : positionOf(cursor);
  const isForeign = walk.campaign !== undefined && given !== undefined && given.campaignId !== walk.campaign;
  if ((cursor !== undefined && given === undefined) || isForeign)
    return invalid(vendor.label, OPERATION, 'the cursor is not one of this list; start again without it');
  const unreadable: Unreadable[] = [];
  const campaigns = await route(vendor, walk, given);
  for (const [index, campaign] of campaigns.entries()) {
    const position = index === 0 && given ? given : startOf(campaign);
    const result = await step(vendor, walk, campaign, position).catch(emptyIfGone(walk));
    unreadable.push(...result.unreadable);
    const following = campaigns[index + 1];
    const next = result.next ?? (following && startOf(following));
    const isEnough = result.threads.length > 0 || unreadable.length > 0 || index + 1 >= LISTS_MAX;
    if (isEnough || next === undefined)
      return { threads: result.threads, unreadable, ...(next === undefined ? {} : { cursor: cursorOf(next) }) };
  }
  return { threads: [], unreadable };
}

/** The row of a thread, where the vendor's own search by address shows it; the conversation alone lacks its labels. */
async function rowOf(
  vendor: Vendor,
  { campaignId, leadEmail }: Conversation,
  key: string,
): Promise<Thread | undefined> {
  const query = { offset: 0, search: leadEmail };
  const { threads } = (await listInbox(vendor, { campaign: { id: campaignId }, box: 'reply', query })).page();
  return threads.find((thread) => thread.key === key);
}

function threadOfHistory({ campaignId, leadEmail }: Conversation, { messages }: History): Thread {
  const newest = messages.at(-1);
  const box = messages.some(({ direction }) => direction === 'inbound') ? 'reply' : 'sent';
  return { ...threadOf({ leadEmail }, { id: campaignId }, box), lastActivityAt: newest?.sentAt ?? 0 };
}

function contentOf(history: History, campaign: ThreadContent['campaign']): ThreadContent {
  const { messages, unreadable, mailbox, date } = history;
  const known = { ...(mailbox === undefined ? {} : { mailbox }), ...(date === undefined ? {} : { date }) };
  return { messages, unreadable, campaign, ...known };
}

export function threads(vendor: Vendor): ThreadReader {
  return {
    async list(query, cursor) {
      const filter = filterOf(vendor, query);
      const { campaign } = query;
      return page(vendor, { box: 'reply', filter, ...(campaign === undefined ? {} : { campaign }) }, cursor);
    },
    async read(threadId) {
      const conversation = conversationNamed(vendor, threadId, 'read thread');
      const history = await readConversation(vendor, conversation);
      const minimal = threadOfHistory(conversation, history);
      const row = await rowOf(vendor, conversation, minimal.key);
      const { messages, unreadable } = history;
      if (!row && messages.length + unreadable.length === 0) refuse(vendor.label, 'read thread', { kind: 'not-found' });
      const subject = messages.find((message) => message.subject !== undefined)?.subject;
      const thread = { ...(row ?? minimal), id: threadId, ...(subject === undefined ? {} : { subject }) };
      return { thread, content: contentOf(history, thread.campaign) };
    },
    async content(threadId) {
      const conversation = conversationNamed(vendor, threadId, 'read thread');
      return contentOf(await readConversation(vendor, conversation), { id: conversation.campaignId });
    },
    keyOf: (threadId) => threadKey(conversationNamed(vendor, threadId, 'read thread')),
  };
}

export function sent(vendor: Vendor): SentReader {
  return {
    async list({ campaign, search, sort }, cursor) {
      const filter = { ...(sort === undefined ? {} : { sortBy: sort }), ...(search ? { search } : {}) };
      return page(vendor, { box: 'sent', filter, ...(campaign === undefined ? {} : { campaign }) }, cursor);
    },
  };
}

export function campaigns(vendor: Vendor): CampaignReader {
  return { list: () => listCampaigns(vendor) };
}
