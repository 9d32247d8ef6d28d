import type { CampaignStatus, Instant, JsonObject } from '../shared/model.ts';

export interface WorldCampaign {
  readonly id: string;
  readonly name: string;
  readonly status: CampaignStatus;
  /** The one vendor that has it; null for all. */
  readonly vendor: string | null;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
}

export interface WorldAttachment {
  readonly filename: string;
  readonly contentType: string;
  readonly sizeBytes: number;
  readonly url: string;
}

export interface WorldMessage {
  readonly threadId: string;
  /** ColdSend's `reply_id`. */
  readonly replyId: string;
  /** RFC 5322 Message-ID in angle brackets: Cohesive's `id`, ColdSend's `message_id`. */
  readonly messageId: string;
  /** Shared by the messages of a thread. Source: Smartlead's `stats_id`, which names a sent step and the replies to it. */
  readonly statsId: string;
  readonly direction: 'inbound' | 'outbound';
  readonly sentAt: Instant;
  /** No endpoint shows it before. */
  readonly visibleAt: Instant;
  readonly from: string;
  readonly to: string;
  readonly cc: readonly string[];
  readonly bcc: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly attachments: readonly WorldAttachment[];
  /** Step of the campaign; null for what a person wrote. */
  readonly sequenceNumber: number | null;
}

/** A thread as it stands now; the world alone changes it. */
export interface WorldThread {
  /** ColdSend's `thread_id`. */
  readonly id: string;
  readonly leadId: string;
  readonly inboxId: string;
  /** The mailbox of ours the thread runs through. */
  readonly inboxEmail: string;
  /** The one vendor that shows it; null for all. Its campaign's, unless said otherwise. */
  readonly vendor: string | null;
  /** Null: mail outside of campaigns, which ColdSend alone shows (`External`). */
  readonly campaignId: string | null;
  readonly leadEmail: string;
  readonly leadName: string;
  readonly subject: string;
  readonly statsId: string;
  readonly createdAt: Instant;
  readonly tags: readonly string[];
  readonly intent: string | null;
  /** Every label it ever had, oldest first. */
  readonly labels: readonly { readonly at: Instant; readonly intent: string | null }[];
  readonly read: boolean;
  readonly starred: boolean;
  readonly archivedAt: Instant | null;
  readonly followUpsCancelledAt: Instant | null;
  /** All, in the order they were added. */
  readonly messages: readonly WorldMessage[];
  /** Those visible at the world's last look, by `sentAt`, then as added. */
  readonly visible: readonly WorldMessage[];
  readonly visibleInbound: number;
  /** Newest `sentAt` among the visible messages that count as activity. */
  readonly lastActivityAt: Instant;
  /** Grows with every visible change. */
  readonly version: number;
}

/** A reply or forward that a vendor carried out. */
export interface Sent {
  readonly at: Instant;
  readonly vendor: string;
  readonly kind: 'reply' | 'forward';
  readonly threadId: string;
  readonly messageId: string;
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly bcc: readonly string[];
  readonly text: string;
  readonly html: string;
  /** The request's body, as it came. */
  readonly request: JsonObject;
}

export type NewCampaign = Partial<WorldCampaign>;

export type NewThread = Pick<WorldThread, 'campaignId' | 'leadEmail' | 'leadName'> &
  Partial<
    Pick<
      WorldThread,
      | 'id'
      | 'vendor'
      | 'leadId'
      | 'inboxId'
      | 'inboxEmail'
      | 'subject'
      | 'statsId'
      | 'createdAt'
      | 'tags'
      | 'intent'
      | 'read'
      | 'starred'
    >
  >;

/** `visibleAt` defaults to `sentAt`; addresses and subject follow from the thread; `html` follows from `text`. */
export type NewMessage = Pick<WorldMessage, 'direction' | 'sentAt' | 'text'> &
  Partial<Omit<WorldMessage, 'threadId' | 'direction' | 'sentAt' | 'text'>>;

export type NewSent = Omit<Sent, 'at' | 'messageId'> & {
  readonly sender: string;
  readonly show: boolean;
  /** Its words as the thread shows them, where they are not as they were sent. */
  readonly shown?: Pick<WorldMessage, 'text' | 'html'>;
  readonly attachments?: readonly WorldAttachment[];
};

export interface SavedWorld {
  readonly campaigns: readonly WorldCampaign[];
  readonly threads: readonly WorldThread[];
  readonly outbox: readonly Sent[];
}
