import type { Instant, Thread } from '../../model.ts';
import { APART_MS, type FeedContext } from '../feed/context.ts';
import { recordedAbove } from '../state/behind.ts';
import type { SeenThread } from '../state/documents.ts';

type Judging = Pick<FeedContext, 'now' | 'on' | 'ahead' | 'behind'>;

/** The thread was opened, or passed over, before the times of messages were proved to be behind. */
export function wasTakenForOld({ on, behind }: Judging, { lastActivityAt }: Thread, { openedAt }: SeenThread): boolean {
  const above = recordedAbove(behind, on);
  return above !== undefined && lastActivityAt > above && openedAt < (behind?.since ?? 0);
}

/**
 * Whether a message was there at the moment of switching on, `upTo`: by its time by the row's clock, `at`, or though that is not here yet. What is shown
 * before its time has it from a wrong clock, and is old where its row is, or where the list showed as late a time at that moment.
 */
export function wasThere(judging: Judging, { lastActivityAt }: Thread, at: Instant, upTo: Instant): boolean {
  const { now, on, ahead, behind } = judging;
  if (at > (recordedAbove(behind, on) ?? Number.POSITIVE_INFINITY)) return false;
  if (at <= (ahead?.all ? ahead.to : upTo)) return true;
  return at > now + APART_MS && (lastActivityAt <= upTo || (ahead !== undefined && at <= ahead.to));
}
