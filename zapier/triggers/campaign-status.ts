import { createHash } from 'node:crypto';
import { CAMPAIGN_STATUSES, type Campaign, type CampaignStatus, type Instant } from '../../shared/model.ts';
import { isRecord } from '../memory.ts';
import type { Mode, Poll } from './poll.ts';

const ENTRY = 'campaign-status';
/** Campaigns whose past is remembered, the newest of them. */
const CAMPAIGNS_MAX = 2_000;

/** The states a campaign was seen in, and how often it came back to each. */
interface Past {
  readonly status: CampaignStatus;
  readonly before?: CampaignStatus;
  readonly at: Instant;
  readonly turns: Readonly<Partial<Record<CampaignStatus, number>>>;
}

type Pasts = Readonly<Record<string, Past>>;

const isPast = (value: unknown): value is Past =>
  isRecord(value) && typeof value.status === 'string' && typeof value.at === 'number' && isRecord(value.turns);

async function pastsOf({ memory }: Poll): Promise<Pasts> {
  const known = await memory.get(ENTRY);
  if (!isRecord(known)) return {};
  return Object.fromEntries(Object.entries(known).flatMap(([id, past]) => (isPast(past) ? [[id, past]] : [])));
}

function pastAfter({ status }: Campaign, past: Past | undefined, now: Instant): Past {
  if (past?.status === status) return past;
  const turns = { ...past?.turns, [status]: past ? (past.turns[status] ?? -1) + 1 : 0 };
  return { status, ...(past ? { before: past.status } : {}), at: now, turns };
}

function idOf(provider: string, campaign: Campaign, status: CampaignStatus, turn: number): string {
  const hash = createHash('sha256').update(JSON.stringify([provider, campaign.id, status, turn]));
  return `cst_${hash.digest('hex').slice(0, 32)}`;
}

export interface StatusItem {
  readonly id: string;
  readonly [field: string]: unknown;
}

function itemOf(
  provider: string,
  campaign: Campaign,
  past: Past,
  status = past.status,
  turn = past.turns[status] ?? 0,
) {
  return {
    id: idOf(provider, campaign, status, turn),
    provider,
    campaign_id: campaign.id,
    campaign_name: campaign.name,
    status,
    previous_status: past.before ?? null,
    seen_at: new Date(past.at).toISOString(),
    vendor: campaign.vendor,
  };
}

/**
 * Campaign Status Changed. Each status of a campaign has an id that needs no memory; for one that comes back memory counts.
 * A draft is no news.
 */
export async function campaignStatus(
  poll: Poll,
  campaign: string | undefined,
  mode: Mode,
): Promise<readonly StatusItem[]> {
  const provider = poll.connection.provider.id;
  const [listed, before] = await Promise.all([poll.connection.campaigns.list(), pastsOf(poll)]);
  const now = poll.clock.now();
  const pasts: Pasts = Object.fromEntries(listed.map((one) => [one.id, pastAfter(one, before[one.id], now)]));
  const isNews = listed.some(({ id }) => pasts[id] !== before[id]);
  if (mode !== 'sample' && isNews)
    await poll.memory.set(ENTRY, Object.fromEntries(Object.entries(pasts).slice(0, CAMPAIGNS_MAX)));
  const wanted = listed.filter(({ id, status }) => status !== 'draft' && (campaign === undefined || id === campaign));
  return wanted.flatMap((one) => {
    const past = pasts[one.id];
    if (!past) return [];
    if (mode !== 'priming') return [itemOf(provider, one, past)];
    // Memory that is lost counts from the start again: what the campaign went through must not fire then.
    return CAMPAIGN_STATUSES.flatMap((status) => {
      const turn = past.turns[status];
      return turn === undefined ? [] : [...new Set([0, turn])].map((each) => itemOf(provider, one, past, status, each));
    });
  });
}
