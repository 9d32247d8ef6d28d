import { randomUUID } from 'node:crypto';
import { eventBridge } from '../../adapters/aws/bus.ts';
import { sqsQueue } from '../../adapters/aws/queue.ts';
import { fetchFile } from '../../adapters/node/fetch-file.ts';
import { nodeMail } from '../../adapters/node/mail.ts';
import type { AppPorts, PollerPorts } from '../../shared/app/ports.ts';
import type { Container } from './container.ts';
import { pollerPorts } from './poller-ports.ts';

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
