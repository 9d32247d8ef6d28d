/** The closed list of ways a vendor call ends badly. */
export type Failure =
  /** Key missing, unknown or revoked. */
  | { readonly kind: 'auth' }
  /** Key is valid but too weak. `needed` is what the vendor said, possibly empty. */
  | { readonly kind: 'scope'; readonly needed: readonly string[] }
  | { readonly kind: 'not-found' }
  /** The vendor refused the input (400, 422, and of a read also 409). `issues` are fit to show to a user. */
  | { readonly kind: 'invalid'; readonly issues: readonly string[] }
  /** `counted`: by our own count of what the vendor allows; it was not asked. `alone`: it answers other calls, and always throttles this one. */
  | { readonly kind: 'throttled'; readonly retryAfterMs: number; readonly counted?: true; readonly alone?: true }
  /** Network, deadline, redirect, 5xx, or a 4xx that is no clear no to a write. `mayHaveHappened`: a write could have been carried out. */
  | { readonly kind: 'unavailable'; readonly mayHaveHappened: boolean; readonly code: string }
  /** The answer did not match what we rely on. */
  | {
      readonly kind: 'wire';
      readonly issues: readonly string[];
      readonly mayHaveHappened: boolean;
      /** It was longer than we hold; a smaller part of it can be asked for. */
      readonly tooLong?: true;
    }
  /** The vendor has no such feature. */
  | { readonly kind: 'unsupported'; readonly capability: string };

export type FailureKind = Failure['kind'];

export interface Place {
  /** The provider's label, as users know it. */
  readonly provider: string;
  readonly operation: string;
  readonly status?: number;
}

const SENTENCES: { [Kind in FailureKind]: (failure: Extract<Failure, { kind: Kind }>, provider: string) => string } = {
  auth: (_, provider) => `${provider} does not accept this API key; create a new one and update the connection.`,
  scope: ({ needed }, provider) =>
    needed.length > 0
      ? `The ${provider} API key lacks a scope: ${needed.join(', ')}; add it to the key.`
      : `The ${provider} API key is not allowed to do this; add the missing scope to the key.`,
  'not-found': (_, provider) => `${provider} does not know this thread or campaign, or it belongs to another account.`,
  invalid: ({ issues }, provider) => `${provider} refused the request: ${issues.join('; ') || 'no reason given'}.`,
  throttled: ({ retryAfterMs, counted, alone }, provider) => {
    const seconds = Math.ceil(retryAfterMs / 1000);
    if (counted)
      return `Our share of the calls that ${provider} allows is used up; the next can be made in ${seconds} s.`;
    return `${provider} asks us to wait ${seconds} s before the next call${alone ? ' of this one thing' : ''}.`;
  },
  unavailable: ({ code }, provider) =>
    code === 'timeout'
      ? `${provider} did not answer in time (${code}).`
      : `${provider} could not be reached or answered with an error (${code}).`,
  wire: ({ issues }, provider) => `${provider} answered in a form we cannot read: ${issues.join('; ')}.`,
  unsupported: ({ capability }, provider) => `${provider} does not offer ${capability}.`,
};

function sentence(failure: Failure, provider: string): string {
  const tell = SENTENCES[failure.kind] as (failure: Failure, provider: string) => string;
  return tell(failure, provider);
}

/** Its message is one sentence fit for a user. Carries no `cause`: parsers and URLs quote bodies and keys in theirs. */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';
  readonly failure: Failure;
  readonly place: Place;
  constructor(failure: Failure, place: Place) {
    super(sentence(failure, place.provider));
    this.failure = failure;
    this.place = place;
  }
}

/** A mistake of the person who runs us: one sentence that says what is wrong, where, and what to do. */
export class UserError extends Error {
  override readonly name = 'UserError';
  /** 2: the command or config is wrong. 1: it was right, and failed. */
  readonly exitCode: 1 | 2;
  constructor(message: string, exitCode: 1 | 2 = 2) {
    super(message);
    this.exitCode = exitCode;
  }
}
