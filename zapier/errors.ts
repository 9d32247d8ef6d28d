import { type Failure, ProviderError, UserError } from '../shared/failure.ts';
import { SendRefusal } from '../shared/sending/refusal.ts';
import type { Bundle, Perform, Z } from './platform.ts';

/** The step stops without counting as failed, and Zapier has no reason to run it again. */
export class Halt extends Error {
  override readonly name = 'Halt';
}

/** What was asked for is not there. */
export class Gone extends Halt {}

/** The connection itself is refused: no Zap of it works before its owner reconnects it. */
export class Reconnect extends Error {
  override readonly name = 'Reconnect';
}

/** Nothing was done, and Zapier is to run the step again after a while. */
export class Postponed extends Error {
  override readonly name = 'Postponed';
  readonly seconds: number;
  constructor(message: string, seconds: number) {
    super(message);
    this.seconds = seconds;
  }
}

/** A step of a Zap, or what nobody waits for: a trigger, a form, a dropdown. */
type Kind = 'step' | 'watch';

/** A halt is no failure to Zapier: a trigger whose campaign is gone would wait for ever without a word. */
const halted = (z: Z, message: string, kind: Kind): Error =>
  kind === 'step' ? new z.errors.HaltedError(message) : new z.errors.Error(message, 'not-possible', 404);

function ofFailure(z: Z, failure: Failure, message: string, kind: Kind): Error {
  switch (failure.kind) {
    case 'auth':
      return new z.errors.ExpiredAuthError(message);
    case 'throttled':
      return new z.errors.ThrottledError(message, Math.ceil(failure.retryAfterMs / 1_000));
    case 'not-found':
      return halted(z, message, kind);
    case 'scope':
      // Not "expired": the key works, and reconnecting it would change nothing.
      return new z.errors.Error(message, failure.kind, 403);
    case 'invalid':
    case 'unsupported':
      return new z.errors.Error(message, failure.kind, 400);
    case 'unavailable':
    case 'wire':
      return new z.errors.Error(`${message} Zapier may try again later.`, failure.kind, 502);
  }
}

/** What a person sees in Zapier: one sentence for every way a call can end badly, and nothing of bodies or keys. */
export function zapierError(z: Z, error: unknown, kind: Kind): Error {
  if (error instanceof Halt) return halted(z, error.message, kind);
  if (error instanceof Reconnect) return new z.errors.ExpiredAuthError(error.message);
  if (error instanceof Postponed) return new z.errors.ThrottledError(error.message, error.seconds);
  if (error instanceof ProviderError) return ofFailure(z, error.failure, error.message, kind);
  if (error instanceof UserError || error instanceof SendRefusal)
    return new z.errors.Error(error.message, 'invalid', 400);
  const name = error instanceof Error ? error.name : 'unknown';
  return new z.errors.Error(
    `Something in this app broke (${name}); nothing more is known. Try again.`,
    'internal',
    500,
  );
}

/** The same perform, whose every failure is one of Zapier's own errors. */
export function told<Result>(perform: Perform<Result>, kind: Kind = 'step'): Perform<Result> {
  return async (z: Z, bundle: Bundle) => {
    try {
      return await perform(z, bundle);
    } catch (error) {
      throw zapierError(z, error, kind);
    }
  };
}
