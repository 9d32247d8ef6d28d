import { cameAt, type Instant, type Message, type Thread } from '../../model.ts';
import { APART_MS, type FeedContext } from '../feed/context.ts';

type Judging = Pick<FeedContext, 'now' | 'ahead'>;

/**
 * Whether a message was there at the moment of switching on, `upTo`: by its own time, or though that time is not here yet. What is shown
 * before its time has it from a wrong clock, and is old where its row is, or where the list showed as late a time at that moment.
 */
export function wasThere(
  { now, ahead }: Judging,
  { lastActivityAt }: Thread,
  message: Message,
  upTo: Instant,
): boolean {
  const at = cameAt(message);
  if (at <= (ahead?.all ? ahead.to : upTo)) return true;
  return at > now + APART_MS && (lastActivityAt <= upTo || (ahead !== undefined && at <= ahead.to));
}
