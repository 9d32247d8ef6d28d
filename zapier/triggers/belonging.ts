import { type Campaign, foldedId, type Thread } from '../../shared/model.ts';
import type { ComposedReply } from '../items.ts';
import type { Scope } from './poll.ts';
import type { Opened } from './thread-memory.ts';

/** Finds the campaign a reply was written to, where a Zap watches it and it is not the one whose conversation shows the reply. */
export type Elsewhere = (reply: ComposedReply) => Pick<Campaign, 'id' | 'name'> | undefined;

export function elsewhereOf(scopes: readonly Scope[]): Elsewhere {
  const watched = new Map(scopes.flatMap(({ campaign }) => (campaign ? [[foldedId(campaign.id), campaign]] : [])));
  return ({ belongsTo }) => {
    const campaign = belongsTo && watched.get(foldedId(belongsTo.campaign));
    return campaign && { id: campaign.id, name: campaign.name };
  };
}

/** A reply in the thread that it belongs to; of one that is not the opened thread only its names are known. */
export interface Placed {
  readonly thread: Thread;
  readonly reply: ComposedReply;
}

function placed(thread: Thread, reply: ComposedReply, elsewhere: Elsewhere): Placed {
  const campaign = elsewhere(reply);
  if (!campaign || !reply.belongsTo) return { thread, reply };
  const { id, key } = reply.belongsTo;
  return { thread: { ...thread, id, key, campaign }, reply: { ...reply, campaign } };
}

/** Each reply in its place. What its own thread shows comes last, since that says the most of it. */
export function placedReplies(opened: readonly Opened[], elsewhere: Elsewhere): readonly Placed[] {
  const all = opened.flatMap(({ row, replies }) => replies.map((reply) => ({ row, reply })));
  const foreign = all.filter(({ reply }) => elsewhere(reply));
  const own = all.filter(({ reply }) => !elsewhere(reply));
  return [...foreign, ...own].map(({ row, reply }) => placed(row, reply, elsewhere));
}

/** The newest reply of the thread itself; of others that it shows where it has none. */
export const newestOf = ({ replies }: Opened, elsewhere: Elsewhere): ComposedReply | undefined =>
  replies.findLast((reply) => !elsewhere(reply)) ?? replies.at(-1);
