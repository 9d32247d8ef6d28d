import { type Failure, ProviderError } from '../failure.ts';
import type { Unreadable } from '../model.ts';
import { bareRecipient } from '../text/recipient.ts';

/** Refuses before anything is sent: nothing may have happened. */
export function refuse(provider: string, operation: string, failure: Failure): never {
  throw new ProviderError(failure, { provider, operation });
}

/** What holds rows none of which can be read is no list of nothing: it is refused for what is wrong with the first. */
export function refuseUnreadable(
  provider: string,
  operation: string,
  items: readonly unknown[],
  [first]: readonly Unreadable[],
): void {
  if (items.length > 0 || !first) return;
  refuse(provider, operation, { kind: 'wire', issues: first.issues, mayHaveHappened: false });
}

export function invalid(provider: string, operation: string, issue: string): never {
  return refuse(provider, operation, { kind: 'invalid', issues: [issue] });
}

/** The addresses joined as both vendors' upstreams read them; null for none. Never quotes a bad one. */
export function joined(
  provider: string,
  operation: string,
  field: string,
  addresses: readonly string[],
): string | null {
  const bad = addresses.findIndex((address) => bareRecipient(address) === undefined);
  if (bad >= 0) invalid(provider, operation, `${field} number ${bad + 1} is not a bare e-mail address`);
  return addresses.length > 0 ? addresses.join(',') : null;
}
