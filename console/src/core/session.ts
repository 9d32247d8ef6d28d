/** The token lives in this tab alone: it comes in the fragment, which no server sees, and goes with the tab. */

const KEY = 'replybus.token';

/** Takes the token out of the address, so that it is in no history and no screenshot; whether there was one. */
export function takeToken(): boolean {
  const fragment = new URLSearchParams(location.hash.replace(/^#\/?/, ''));
  const token = fragment.get('token');
  if (!token) return false;
  sessionStorage.setItem(KEY, token);
  history.replaceState(null, '', `${location.pathname}#/inbox`);
  return true;
}

export const readToken = (): string | null => sessionStorage.getItem(KEY);

export function keepToken(token: string): void {
  sessionStorage.setItem(KEY, token.trim());
}

const refusals = new EventTarget();

/** The token of this tab is not, or no longer, accepted. Whatever was asked when that showed, it is known for the whole page. */
export const tellRefusal = (): boolean => refusals.dispatchEvent(new Event('refused'));

/** Calls back until the function it gives is called. */
export function whenRefused(listen: () => void): () => void {
  refusals.addEventListener('refused', listen);
  return () => refusals.removeEventListener('refused', listen);
}

export function forgetToken(): void {
  sessionStorage.removeItem(KEY);
}
