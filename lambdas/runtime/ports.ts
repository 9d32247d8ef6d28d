import { randomUUID } from 'node:crypto';
import { eventBridge } from '../../adapters/aws/bus.ts';
import { sqsQueue } from '../../adapters/aws/queue.ts';
import { checkUrl } from '../../adapters/node/address-guard.ts';
import { systemClock, systemRandom } from '../../adapters/node/clock.ts';
import { fetchFile } from '../../adapters/node/fetch-file.ts';
import { nodeHttp } from '../../adapters/node/http.ts';
import { nodeMail } from '../../adapters/node/mail.ts';
import type { AppPorts, PollerPorts } from '../../shared/app/ports.ts';
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

/** What acting needs besides. Nothing is shown: events hold mail, and a function's output is its log. */
export function withActing(ports: PollerPorts, allowPrivate: boolean): AppPorts {
  return {
    ...ports,
    mail: nodeMail({ allowPrivate }),
    fetchFile: fetchFile({ allowPrivate }),
    newOwner: randomUUID,
    // It is in the table and due: the stream, or the next sweep, has it run.
    wakeSend: () => {},
    putOnBus: eventBridge(),
    sendToQueue: sqsQueue(),
  };
}

export const actingPorts = (container: Container): AppPorts =>
  withActing(pollerPorts(container), container.environment.allowPrivate);
