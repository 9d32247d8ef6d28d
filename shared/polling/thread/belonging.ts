import type { Happening } from '../../events/happening.ts';
import { cameAt, type Message, type Thread } from '../../model.ts';
import type { Feed, ThreadContent } from '../../provider.ts';
import { feedPartition } from '../../store/keys.ts';
import type { FeedContext } from '../feed/context.ts';
import { isKnownInterested } from '../state/feed-state.ts';

type Judging = Pick<FeedContext, 'campaigns' | 'recordedFrom'>;

/**
 * The feed whose thread a message belongs to, where that is another one than the thread it was met in. What a campaign was sent before
 * the config named it is none of its feed's, and stays with the thread that shows it.
 */
function feedElsewhere({ campaigns, recordedFrom }: Judging, message: Message): Feed | undefined {
  const { belongsTo } = message;
  if (!belongsTo || cameAt(message) <= (recordedFrom(belongsTo.campaign) ?? 0)) return undefined;
  return campaigns.feedOf(belongsTo.campaign);
}

/** Another feed records the message too, whenever its vendor lists the lead there. */
export const isElsewhere = (context: Judging, message: Message): boolean =>
  feedElsewhere(context, message) !== undefined;

/** A message is told under the thread that it belongs to, whichever shows it: the first to be opened tells it, and no other does. */
export const threadKeyOf = (context: Judging, thread: Thread, message: Message): string =>
  isElsewhere(context, message) && message.belongsTo ? message.belongsTo.key : thread.key;

/** The other name that it may have been told under, when the config named other campaigns. */
export const otherThreadKeys = (context: Judging, thread: Thread, message: Message): readonly string[] =>
  message.belongsTo
    ? [thread.key, message.belongsTo.key].filter((key) => key !== threadKeyOf(context, thread, message))
    : [];

/** The messages of the thread itself; all that are shown where none is. */
export function ownMessages(context: Judging, { messages }: ThreadContent): readonly Message[] {
  const own = messages.filter((message) => !isElsewhere(context, message));
  return own.some(({ direction }) => direction === 'inbound') ? own : messages;
}

type Place = Pick<Happening, 'thread' | 'content'>;

/** All that is known of a thread of which only messages were seen. */
async function placeElsewhere(
  context: FeedContext,
  { id: feed, campaign }: Feed,
  { type, thread: shownIn, content, message }: Pick<Happening, 'type' | 'thread' | 'content' | 'message'>,
): Promise<Place> {
  const { id, key } = message.belongsTo ?? shownIn;
  const messages = content.messages.filter(({ belongsTo }) => belongsTo?.key === key);
  const named = { id: feed, ...(campaign && { name: campaign.name }) };
  const partition = feedPartition(context.polled.id, feed);
  const interested = type === 'reply.interested' || (await isKnownInterested(context.ports.store, partition, key));
  const { lead } = shownIn;
  return {
    thread: {
      id,
      key,
      campaign: named,
      lead,
      box: 'reply',
      interested,
      tags: [],
      lastActivityAt: Math.max(...messages.map(cameAt)),
      vendor: {},
    },
    content: { messages, unreadable: [], campaign: named },
  };
}

/** The thread that a message belongs to, and what is shown of it here. */
export async function placeOf(
  context: FeedContext,
  happening: Pick<Happening, 'type' | 'thread' | 'content' | 'message'>,
): Promise<Place> {
  const { thread, content, message } = happening;
  const feed = feedElsewhere(context, message);
  if (feed) return await placeElsewhere(context, feed, happening);
  return { thread, content: { ...content, messages: ownMessages(context, content) } };
}
