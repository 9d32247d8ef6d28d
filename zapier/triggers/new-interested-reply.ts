import type { ReplyItem } from '../items.ts';
import { newLabelled } from './new-labelled-reply.ts';
import type { Mode, Poll } from './poll.ts';

export interface InterestedFilter {
  readonly campaign?: string;
}

/** New Interested Reply: once for each thread, by whatever sign of interest the vendor gives. */
export const newInterested = (poll: Poll, filter: InterestedFilter, mode: Mode): Promise<readonly ReplyItem[]> =>
  newLabelled(poll, filter, mode);
