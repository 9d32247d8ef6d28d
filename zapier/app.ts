import type { Provider } from '../shared/provider.ts';
import { type Authentication, authenticationFor } from './authentication.ts';
import { forwardThread } from './creates/forward-thread.ts';
import { markRead } from './creates/mark-read.ts';
import { sendReply } from './creates/send-reply.ts';
import { starThread } from './creates/star-thread.ts';
import { type Hydrators, hydratorsFor } from './hydrators.ts';
import type { Create, Search, Trigger } from './platform.ts';
import { searchesFor } from './searches/searches.ts';
import { listTriggers, replyTriggers } from './triggers/triggers.ts';

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

const byKey = <Item extends { readonly key: string }>(items: readonly (Item | undefined)[]) =>
  Object.fromEntries(items.flatMap((item) => (item ? [[item.key, item]] : [])));

/** The whole app for these providers: one that serves all of them, or one of a single vendor's own. */
export function appFor(providers: readonly Provider[], versions: Pick<App, 'version' | 'platformVersion'>): App {
  const hydrators = hydratorsFor(providers);
  return {
    ...versions,
    flags: {
      // Empty fields are ours to read, and a field that is left empty must not lose its key.
      cleanInputData: false,
      // Calls go through our own client: it knows whether a byte of a mail has left, keeps mail out of logs, and its
      // three-argument form of http.request does not survive the patch.
      skipHttpPatch: true,
      throwForThrottlingEarly: false,
    },
    authentication: authenticationFor(providers),
    hydrators,
    triggers: byKey([...replyTriggers(providers, hydrators), ...listTriggers(providers)]),
    creates: byKey([sendReply(providers), forwardThread(providers), starThread(providers), markRead(providers)]),
    searches: byKey(searchesFor(providers)),
  };
}
