/** What a token may be good for. `admin`: tokens, replay, poll, backfill, doctor, backup. */
export const SCOPES = ['read', 'act', 'subscribe', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** Of a token that nobody said more about. */
export const DEFAULT_SCOPES: readonly Scope[] = ['read', 'act', 'subscribe'];

/**
 * Who asks: a program with a token, the command line of this machine, or the page that it opened. The page's token passes
 * through an address and a browser, so it may do what the page does and no more: make no token and no webhook, which would
 * outlive it, and name no file to be written.
 */
export interface Caller {
  readonly by: 'api' | 'cli' | 'console';
  readonly scopes: readonly Scope[];
  /** Its token, where that is stored. */
  readonly token?: { readonly id: string; readonly name: string };
}
