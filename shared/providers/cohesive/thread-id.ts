import { foldedId } from '../../model.ts';
import { bareAddress } from '../mail-address.ts';

/** What names a conversation at Cohesive: no id of its own is documented. */
export interface Conversation {
  readonly campaignId: string;
  /** As the vendor gave it: sent back to it letter by letter. */
  readonly leadEmail: string;
}

function encode(pair: readonly [string, string]): string {
  return Buffer.from(JSON.stringify(pair), 'utf8').toString('base64url');
}

export function threadId({ campaignId, leadEmail }: Conversation): string {
  return encode([campaignId, leadEmail]);
}

/** Equal for one lead of one campaign however either is written: one conversation is not posted in under two names. */
export function threadKey({ campaignId, leadEmail }: Conversation): string {
  return encode([foldedId(campaignId), bareAddress(leadEmail)]);
}

export const isSameCampaign = (one: string, other: string): boolean => foldedId(one) === foldedId(other);

/** Both names. Of most conversations they are the same, and those of each row of each list are made. */
export function threadNames(conversation: Conversation): { readonly id: string; readonly key: string } {
  const { campaignId, leadEmail } = conversation;
  const id = threadId(conversation);
  const isBare = foldedId(campaignId) === campaignId && bareAddress(leadEmail) === leadEmail;
  return { id, key: isBare ? id : threadKey(conversation) };
}

/** Undefined for anything {@link threadId} did not make. */
export function conversationOf(id: string): Conversation | undefined {
  if (!/^[\w-]{1,4000}$/.test(id)) return undefined;
  try {
    const pair: unknown = JSON.parse(Buffer.from(id, 'base64url').toString('utf8'));
    if (!Array.isArray(pair) || pair.length !== 2) return undefined;
    const [campaignId, leadEmail]: readonly unknown[] = pair;
    if (typeof campaignId !== 'string' || typeof leadEmail !== 'string') return undefined;
    return campaignId !== '' && leadEmail !== '' ? { campaignId, leadEmail } : undefined;
  } catch {
    return undefined;
  }
}
