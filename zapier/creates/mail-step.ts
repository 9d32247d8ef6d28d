import type { Prepared } from '../../shared/provider.ts';
import type { Mail } from '../../shared/sending/send.ts';
import type { Edge } from '../edge.ts';
import type { FetchedFile } from '../files.ts';

/** What a step of a Zap sends: a reply or a forward, with its files fetched. */
export interface Sending {
  readonly threadId: string;
  readonly mail: Mail;
  readonly files: readonly FetchedFile[];
  /** The message that this answers, where the step was told. */
  readonly messageId?: string;
  /** Sent only while that message is the newest of the conversation. */
  readonly onlyIfUnanswered?: boolean;
  /** Whether the mail can be found in its thread afterwards. */
  readonly isShown: boolean;
  prepare(edge: Edge): Promise<Prepared>;
}
