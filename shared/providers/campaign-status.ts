import type { CampaignStatus } from '../model.ts';

const STATUSES: ReadonlyMap<string, CampaignStatus> = new Map([
  ['draft', 'draft'],
  ['drafted', 'draft'],
  ['active', 'active'],
  ['paused', 'paused'],
  ['completed', 'completed'],
  ['stopped', 'stopped'],
  ['archived', 'archived'],
  ['failed', 'failed'],
]);

/** Both vendors' words; one that we do not know reads as `unknown`, so a new word breaks nothing. */
export function campaignStatus(word: string | null | undefined): CampaignStatus {
  return STATUSES.get(word?.trim().toLowerCase() ?? '') ?? 'unknown';
}
