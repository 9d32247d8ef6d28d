import type { CampaignStatus } from '../shared/model.ts';
import { isoTime, type Scene, shownId } from './exchange.ts';
import { signed } from './lists.ts';
import type { Switches } from './switches.ts';
import type { World } from './world.ts';
import type { WorldCampaign, WorldMessage, WorldThread } from './world-model.ts';

/** UTC with a Z, as in the page's samples, unless switched; assumed: microseconds where there is a fraction, as Python writes it. */
function coldsendTime(at: number, scene: Scene): string {
  const written = isoTime(at, scene);
  return at % 1000 === 0 ? written.replace('.000', '') : written.replace(/\.\d{3}/, '$&000');
}

/** A label as rows show it: spelled in one of several ways, each thread in its own. */
export function shownIntent(
  { id, intent }: Pick<WorldThread, 'id' | 'intent'>,
  { coldsendSpellings }: Pick<Switches, 'coldsendSpellings'>,
): string | null {
  if (intent !== 'interested' || coldsendSpellings.length === 0) return intent;
  return coldsendSpellings[Number.parseInt(id.slice(0, 8), 16) % coldsendSpellings.length] ?? intent;
}

/** Source: the thread-details page: `External` is what stands for no campaign. */
const campaignName = (world: World, thread: WorldThread) =>
  (thread.campaignId === null ? undefined : world.campaigns.get(thread.campaignId)?.name) ?? 'External';

const preview = (thread: WorldThread) => (thread.visible.at(-1)?.text ?? '').replace(/\s+/g, ' ').slice(0, 100);

export function listRow(thread: WorldThread, scene: Scene, bad: boolean) {
  const { world, switches } = scene;
  return {
    thread_id: thread.id,
    lead_id: thread.leadId,
    inbox_id: thread.inboxId,
    lead_email: bad ? 42 : thread.leadEmail,
    lead_name: thread.leadName,
    campaign_name: campaignName(world, thread),
    subject: thread.visible.at(-1)?.subject ?? thread.subject,
    last_message_preview: preview(thread),
    last_message_at: bad ? 'soon' : coldsendTime(thread.lastActivityAt, scene),
    is_read: thread.read,
    is_starred: thread.starred,
    // Assumed: the lead's messages only; the page says "number of replies".
    reply_count: thread.visibleInbound,
    category: shownIntent(thread, switches),
  };
}

/** Source: the thread-details reference page: a bare object, no `success`, and no messages in it. */
export function details(thread: WorldThread, scene: Scene) {
  const { world, switches } = scene;
  const intent = shownIntent(thread, switches);
  const archived = thread.archivedAt !== null;
  return {
    thread_id: thread.id,
    lead_id: thread.leadId,
    lead_email: thread.leadEmail,
    lead_name: thread.leadName,
    campaign_name: campaignName(world, thread),
    from_address: thread.inboxEmail,
    to_address: thread.leadEmail,
    subject: thread.subject,
    created_at: coldsendTime(thread.createdAt, scene),
    is_read: thread.read,
    is_starred: thread.starred,
    reply_count: thread.visibleInbound,
    inbox_id: archived ? null : thread.inboxId,
    inbox_email: archived ? null : thread.inboxEmail,
    campaign_id: thread.campaignId,
    category: intent,
    ai_category: intent,
    manual_category: null,
    ai_confidence: intent === null ? null : 0.93,
    tags: thread.tags,
    is_archived: archived,
    archived_domain_name: archived ? thread.inboxEmail.slice(thread.inboxEmail.indexOf('@') + 1) : null,
    archived_inbox_email: archived ? thread.inboxEmail : null,
    archived_at: thread.archivedAt === null ? null : coldsendTime(thread.archivedAt, scene),
  };
}

/** Source: the thread-messages reference page. */
export function messageRow(message: WorldMessage, thread: WorldThread, scene: Scene) {
  const { badRowIds } = scene.switches;
  const outgoing = message.direction === 'outbound';
  return {
    reply_id: shownId(message.replyId, scene),
    from_email: message.from,
    to_email: message.to,
    subject: message.subject,
    body_text: message.text,
    body_html: signed(message.html, scene),
    is_outgoing: outgoing,
    is_read: outgoing || thread.read,
    created_at: badRowIds.includes(message.replyId) ? 'soon' : coldsendTime(message.sentAt, scene),
    message_id: shownId(message.messageId, scene),
    attachments: message.attachments.map(({ filename, contentType, sizeBytes, url }) => ({
      filename,
      content_type: contentType,
      size_bytes: sizeBytes,
      gcs_path: `attachments/${message.replyId}/${filename}`,
      url,
    })),
  };
}

/** The five documented words; assumed for those ColdSend does not have. */
const STATUSES: Record<CampaignStatus, string> = {
  draft: 'DRAFT',
  active: 'ACTIVE',
  paused: 'PAUSED',
  completed: 'COMPLETED',
  stopped: 'COMPLETED',
  archived: 'COMPLETED',
  failed: 'FAILED',
  unknown: 'ACTIVE',
};

/** Source: the list-campaigns reference page. */
export function campaignRow(campaign: WorldCampaign, scene: Scene) {
  const { world } = scene;
  const threads = [...world.threads.values()].filter((thread) => thread.campaignId === campaign.id);
  const messages = threads.flatMap((thread) => thread.visible);
  return {
    campaign_id: campaign.id,
    name: campaign.name,
    status: STATUSES[campaign.status],
    current_step: 1,
    created_at: coldsendTime(campaign.createdAt, scene),
    launched_at: campaign.status === 'draft' ? null : coldsendTime(campaign.createdAt, scene),
    total_leads: threads.length,
    sent_count: messages.filter((message) => message.direction === 'outbound').length,
    reply_count: messages.filter((message) => message.direction === 'inbound').length,
    open_count: 0,
    bounce_count: 0,
    unsubscribe_count: 0,
  };
}
