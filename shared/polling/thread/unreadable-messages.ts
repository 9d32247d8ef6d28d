import { cameAt, type Instant, type Thread, type Unreadable } from '../../model.ts';
import type { ThreadContent } from '../../provider.ts';
import { type FeedContext, lateWindowMs, ROUNDED_MS } from '../feed/context.ts';
import { isUntimed } from '../list/rows.ts';
import type { SeenThread } from '../state/documents.ts';
import { recentFrom } from './recent.ts';

/** A thread of before the connection, whose row a reply that can be read explains. */
function isExplained({ on }: FeedContext, row: Thread, { messages }: ThreadContent): boolean {
  const wasThere = messages.some((message) => cameAt(message) <= on);
  const from = Math.max(on + 1, row.lastActivityAt - ROUNDED_MS);
  return wasThere && messages.some((message) => message.direction === 'inbound' && cameAt(message) >= from);
}

/** Nothing of the thread is new, or what is new in it can be read. */
export function isOldThread(
  context: FeedContext,
  row: Thread,
  { known, content }: { readonly known: SeenThread | undefined; readonly content?: ThreadContent },
): boolean {
  if (context.inBaseline || known?.baseline === 1) return true;
  if (!isUntimed(row) && row.lastActivityAt < recentFrom(context)) return true;
  const wasOpened = known !== undefined && known.openedAt > 0;
  return content !== undefined && !wasOpened && isExplained(context, row, content);
}

/** By its own time: of before the connection, or there when the thread was opened before. */
export function isOldMessage(context: FeedContext, known: SeenThread | undefined, { at }: Unreadable): boolean {
  if (at === undefined) return false;
  const seen: Instant = known && known.openedAt > 0 && !known.pending ? (known.seen ?? known.openedAt) : 0;
  return at <= context.on || at <= seen - lateWindowMs(context.limits);
}
