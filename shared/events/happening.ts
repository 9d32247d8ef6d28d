import type { Instant, Message, Thread } from '../model.ts';
import type { ThreadContent } from '../provider.ts';
import type { Event } from './event.ts';

/** Everything an event about a message is made of. */
export interface Happening {
  readonly type: 'reply.received' | 'reply.interested';
  readonly connection: string;
  readonly provider: string;
  readonly thread: Thread;
  readonly content: ThreadContent;
  readonly message: Message;
  readonly backfill?: true;
}

/** Turns what happened into the event a sink receives. Lives behind a port because its HTML libraries load when first used. */
export type Compose = (happening: Happening, recordedAt: Instant) => Promise<Event>;
