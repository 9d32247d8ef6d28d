import { cameAt, type Instant, type Message, type Thread } from '../../model.ts';
import { APART_MS, type FeedContext } from '../feed/context.ts';

type Judging = Pick<FeedContext, 'now' | 'ahead'>;

/** Whether a message is of before the moment of switching on, `upTo`: by its own time, or by as late a time that the list showed then. */
export function wasShown({ now, ahead }: Judging, _: Thread, message: Message, upTo: Instant): boolean {
  const at = cameAt(message);
  if (at <= (ahead?.all ? ahead.to : upTo)) return true;
  return ahead !== undefined && at > now + APART_MS && at <= ahead.to;
}

/**
 * Whether a message was there at the moment of switching on, `upTo`. What is shown before its time has it from a wrong clock, and is old where
 * its row is.
 */
export function wasThere(context: Judging, thread: Thread, message: Message, upTo: Instant): boolean {
  if (wasShown(context, thread, message, upTo)) return true;
  return cameAt(message) > context.now + APART_MS && thread.lastActivityAt <= upTo;
}
