import { cameAt, type Instant, type Message, type Thread } from '../../model.ts';
import { APART_MS, type FeedContext } from '../feed/context.ts';

type Judging = Pick<FeedContext, 'now' | 'ahead'>;

/** Whether a message is of before the moment of switching on, `upTo`, by its own time. */
export const wasSent = ({ ahead }: Judging, _: Thread, message: Message, upTo: Instant): boolean =>
  cameAt(message) <= (ahead?.all ? ahead.to : upTo);

/**
 * Whether a message was there at the moment of switching on, `upTo`: by its own time, or though that time is not here yet. What is shown
 * before its time has it from a wrong clock, and is old where its row is, or where the list showed as late a time at that moment.
 */
export function wasThere(context: Judging, thread: Thread, message: Message, upTo: Instant): boolean {
  if (wasSent(context, thread, message, upTo)) return true;
  const { now, ahead } = context;
  const { lastActivityAt } = thread;
  const at = cameAt(message);
  return at > now + APART_MS && (lastActivityAt <= upTo || (ahead !== undefined && at <= ahead.to));
}
