import type { SendRequest } from '../../../shared/sending/mail.ts';
import type { SendState, StoredSend } from '../../../shared/sending/send.ts';

export interface SendVerdict {
  readonly findings: readonly string[];
  readonly asked: number;
  readonly accepted: number;
  readonly mails: number;
  readonly byState: Readonly<Partial<Record<SendState, number>>>;
  readonly uncertain: number;
  /** Of a person, whether a mail that was posted has arrived. */
  readonly asksOfAPerson: number;
  /** Of a person, whether a mail that was not posted repeats another. */
  readonly doubts: number;
  readonly resends: number;
}

export interface Mailed {
  readonly at: number;
  readonly attempt: number;
  readonly shownAt: number;
  readonly messageId: string;
}

export interface Wish {
  readonly number: number;
  /** Two mails of one look cannot be told apart by anybody. */
  readonly look: string;
  readonly thread: string;
  readonly kind: SendRequest['kind'];
  readonly override: boolean;
  /** It may go out only while nobody has written since. */
  readonly ifLatestAt?: number;
  /** The same, for a machine: while nobody has answered. */
  readonly unlessAnsweredAt?: number;
  readonly notBefore?: number;
}

export interface Case extends Wish {
  readonly mails: Mailed[];
  readonly resends: number[];
  readonly asks: { readonly at: number; readonly event: string; until?: number }[];
  accepted: boolean;
  refusals: number;
  uncertainSince?: number;
  uncertainTimes: number;
  doubts: number;
  send?: StoredSend;
}
