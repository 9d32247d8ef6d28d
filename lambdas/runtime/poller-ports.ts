import { checkUrl } from '../../adapters/node/address-guard.ts';
import { systemClock, systemRandom } from '../../adapters/node/clock.ts';
import { nodeHttp } from '../../adapters/node/http.ts';
import type { PollerPorts } from '../../shared/app/ports.ts';
import { ParameterSecrets, ssmParameters } from '../services/secrets.ts';
import type { Container } from './container.ts';
import { withinDeadline } from './deadline.ts';

/** What polling needs of the world, as a function has it: no call outlasts the run. */
export function pollerPorts({ store, lines, deadline, environment }: Container): PollerPorts {
  const guard = { allowPrivate: environment.allowPrivate };
  return {
    http: withinDeadline(nodeHttp(guard), systemClock, deadline),
    clock: systemClock,
    random: systemRandom,
    log: lines,
    store,
    secrets: new ParameterSecrets(ssmParameters(), systemClock),
    checkUrl: (url) => checkUrl(url, guard),
  };
}
