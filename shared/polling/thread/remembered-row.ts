import type { Thread } from '../../model.ts';
import type { FeedContext } from '../feed/context.ts';
import type { LeftOver } from '../state/documents.ts';

/** The row of a thread that is not before us, as far as it is remembered: enough to open it by. */
export const rememberedRow = (
  { id, key, lead, interested, at }: LeftOver,
  { feed }: Pick<FeedContext, 'feed'>,
): Thread => ({
  id,
  key,
  campaign: feed.campaign && { id: feed.campaign.id, name: feed.campaign.name },
  lead: { email: lead },
  box: 'reply',
  interested,
  tags: [],
  lastActivityAt: at,
  vendor: {},
});
