import { cameAt, type Instant, type Message, type Thread } from '../../model.ts';
import type { ThreadContent } from '../../provider.ts';
import { ROUNDED_MS } from '../feed/context.ts';
import { isUntimed } from '../list/rows.ts';
import type { SeenThread } from '../state/documents.ts';
import { newestInbound } from '../state/interest-watermarks.ts';

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

const isAbout = (one: Instant, other: Instant): boolean => Math.abs(one - other) <= ROUNDED_MS;

/**
 * The row has the time of its newest answer, or is as far from it as it was from an earlier one before, since messages may have another clock.
 * A thread with one answer says nothing: a time that never moves is that of the first, too.
 */
function rose({ messages }: ThreadContent, to: Instant, from: Instant): boolean {
  const newest = newestInbound(messages);
  if (!newest) return false;
  const came = cameAt(newest);
  const earlier = messages
    .filter(({ direction }) => direction === 'inbound')
    .map(cameAt)
    .filter((at) => at < came - ROUNDED_MS);
  return earlier.length > 0 && (isAbout(came, to) || earlier.some((at) => isAbout(came - to, at - from)));
}

/**
 * Undefined where nothing can be said: of late mail, which is older than what was seen, of mail of ours, of a row without a time. `on`: what
 * a thread that was never opened may hold is older. Messages are compared with messages, since their clock may be another than that of rows.
 */
export function movementOf({ known, row, content, told }: Opened, on: Instant): Movement | undefined {
  if (!known || known.pending || isUntimed(row) || row.messages) return undefined;
  if (row.lastActivityAt > known.at) return rose(content, row.lastActivityAt, known.at) ? 'rose' : undefined;
  const seen = known.seen ?? Math.max(on, known.at + ROUNDED_MS);
  const answer = newestInbound(told);
  if (!answer || row.lastActivityAt < known.at) return undefined;
  const came = cameAt(answer);
  return came > seen && came > row.lastActivityAt + ROUNDED_MS ? 'stood still' : undefined;
}
