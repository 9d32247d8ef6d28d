import type { Provider } from '../shared/provider.ts';
import { authenticationFor } from './authentication.ts';
import { forwardThread } from './creates/forward-thread.ts';
import { markRead } from './creates/mark-read.ts';
import { sendReply } from './creates/send-reply.ts';
import { starThread } from './creates/star-thread.ts';
import { type App, byKey, FLAGS } from './definition.ts';
import { hydratorsFor } from './hydrators.ts';
import { searchesFor } from './searches/searches.ts';
import { listTriggers, replyTriggers } from './triggers/triggers.ts';

/** The whole app for these providers: one that serves all of them, or one of a single vendor's own. */
export function appFor(providers: readonly Provider[], versions: Pick<App, 'version' | 'platformVersion'>): App {
  const hydrators = hydratorsFor(providers);
  return {
    ...versions,
    flags: FLAGS,
    authentication: authenticationFor(providers),
    hydrators,
    triggers: byKey([...replyTriggers(providers, hydrators), ...listTriggers(providers)]),
    creates: byKey([sendReply(providers), forwardThread(providers), starThread(providers), markRead(providers)]),
    searches: byKey(searchesFor(providers)),
  };
}

export { deployedApp } from './replybus/app.ts';
