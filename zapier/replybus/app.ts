import { type App, byKey, FLAGS } from '../definition.ts';
import { authentication } from './authentication.ts';
import { listTriggers } from './choices.ts';
import { creates } from './creates.ts';
import { hookTriggers } from './hooks.ts';
import { hydrators } from './hydrators.ts';
import { searches } from './searches.ts';

/** The app of one's own deployment: triggers that it calls by itself, and everything else through its API. */
export function deployedApp(versions: Pick<App, 'version' | 'platformVersion'>): App {
  const later = hydrators();
  return {
    ...versions,
    flags: FLAGS,
    authentication: authentication(),
    hydrators: later,
    triggers: byKey([...hookTriggers(later), ...listTriggers()]),
    creates: byKey(creates()),
    searches: byKey(searches()),
  };
}
