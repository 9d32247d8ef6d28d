/** What a token may be good for. `admin`: tokens, replay, poll, backfill, doctor, backup. */
export const SCOPES = ['read', 'act', 'subscribe', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** Of a token that nobody said more about. */
export const DEFAULT_SCOPES: readonly Scope[] = ['read', 'act', 'subscribe'];

/** Who asks: a program with a token, or the command line of this machine. */
export interface Caller {
  readonly by: 'api' | 'cli';
  readonly scopes: readonly Scope[];
  /** Its token, where that is stored. */
  readonly token?: { readonly id: string; readonly name: string };
}
