import { cameAt, type Instant, type Message, type Thread } from '../../model.ts';
import type { ThreadContent } from '../../provider.ts';
import { ROUNDED_MS } from '../feed/context.ts';
import type { SeenThread } from '../state/documents.ts';
import { newestInbound } from '../state/interest-watermarks.ts';
import { isUntimed } from './recent.ts';

/** What a row did when its lead answered. A list in which one stood still is sorted by something else than what happens last. */
export type Movement = 'stood still' | 'rose';

/** A thread that was opened, and what came of it. */
export interface Opened {
  readonly known: SeenThread | undefined;
  readonly row: Thread;
  readonly content: ThreadContent;
  /** Inbound messages that were recorded now. */
  readonly told: readonly Message[];
}

/** The row has the time of its newest answer, or nothing but answers came since. */
function rose({ row, content, told }: Opened, seen: Instant): boolean {
  const answer = newestInbound(content.messages);
  if (answer && Math.abs(cameAt(answer) - row.lastActivityAt) <= ROUNDED_MS) return true;
  const since = content.messages.filter((message) => cameAt(message) > seen);
  return told.length > 0 && since.every(({ direction }) => direction === 'inbound');
}

/**
 * Undefined where nothing can be said: of late mail, which is older than what was seen, of mail of ours, of a row without a time. `on`: what
 * a thread that was never opened may hold is older. Messages are compared with messages, since their clock may be another than that of rows.
 */
export function movementOf(opened: Opened, on: Instant): Movement | undefined {
  const { known, row, told } = opened;
  if (!known || known.pending || isUntimed(row) || row.messages) return undefined;
  const seen = known.seen ?? Math.max(on, known.at + ROUNDED_MS);
  if (row.lastActivityAt > known.at) return rose(opened, seen) ? 'rose' : undefined;
  const answer = newestInbound(told);
  if (!answer || row.lastActivityAt < known.at) return undefined;
  const came = cameAt(answer);
  return came > seen && came > row.lastActivityAt + ROUNDED_MS ? 'stood still' : undefined;
}
