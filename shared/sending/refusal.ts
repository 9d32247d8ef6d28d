/** A request that is not accepted: nothing was recorded, nothing is sent. */
export type RefusalKind =
  /** Something in the request is wrong. */
  | 'invalid'
  /** No such connection or send. */
  | 'not-found'
  /** The vendor, or this set-up, cannot do it. */
  | 'unsupported'
  /** The same key was used for another mail, or the send is in another state than asked for. */
  | 'conflict'
  /** The same words went to the same conversation a short while ago. */
  | 'possible-duplicate'
  /** Somebody wrote in the conversation meanwhile. */
  | 'conversation-moved'
  /** Switched off, or the day's limit is reached. */
  | 'not-allowed';

/** Its message is a sentence for the person who wanted to send. */
export class SendRefusal extends Error {
  override readonly name = 'SendRefusal';
  readonly kind: RefusalKind;
  constructor(kind: RefusalKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

export const MOVED =
  'Somebody has written in this conversation since you looked at it, so nothing was sent; read the newest message first.';
/** Nothing came back: nobody has written for all we know, and nobody may have. */
export const EMPTY =
  'Nothing was sent: the vendor showed this conversation without a message, so it cannot be told whether somebody has written; try again later.';
