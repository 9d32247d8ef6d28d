import type { Authentication } from './authentication.ts';
import type { Hydrators } from './hydrators.ts';
import type { Create, Search, Trigger } from './platform.ts';

export interface App {
  readonly version: string;
  readonly platformVersion: string;
  readonly flags: Readonly<Record<string, boolean>>;
  readonly authentication: Authentication;
  readonly hydrators: Hydrators;
  readonly triggers: Readonly<Record<string, Trigger>>;
  readonly creates: Readonly<Record<string, Create>>;
  readonly searches: Readonly<Record<string, Search>>;
}

export const byKey = <Item extends { readonly key: string }>(items: readonly (Item | undefined)[]) =>
  Object.fromEntries(items.flatMap((item) => (item ? [[item.key, item]] : [])));

export const FLAGS: App['flags'] = {
  // Empty fields are ours to read, and a field that is left empty must not lose its key.
  cleanInputData: false,
  // Calls go through our own client: it knows whether a byte of a mail has left, keeps mail out of logs, and its
  // three-argument form of http.request does not survive the patch.
  skipHttpPatch: true,
  throwForThrottlingEarly: false,
};
