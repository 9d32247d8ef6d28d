import { randomUUID } from 'node:crypto';
import { eventBridge } from '../adapters/aws/bus.ts';
import { sqsQueue } from '../adapters/aws/queue.ts';
import { checkUrl } from '../adapters/node/address-guard.ts';
import { systemClock, systemRandom } from '../adapters/node/clock.ts';
import { fetchFile } from '../adapters/node/fetch-file.ts';
import { nodeHttp } from '../adapters/node/http.ts';
import { nodeMail } from '../adapters/node/mail.ts';
import { type ConfigRules, checkConfig } from '../shared/app/check-config.ts';
import type { AppPorts, ShowEvent } from '../shared/app/ports.ts';
import type { Config } from '../shared/config/schema.ts';
import { localSecret } from '../shared/config/secret.ts';
import type { Log } from '../shared/ports.ts';
import type { Store } from '../shared/store/store.ts';
import { environmentSecrets } from './secrets.ts';

export interface LocalWorld {
  readonly store: Store;
  readonly log: Log;
  readonly show: ShowEvent;
  readonly wakeSend: (id: string) => void;
}

/** The world as one machine has it. */
export function localPorts({ allowPrivateUrls }: Config, { store, log, show, wakeSend }: LocalWorld): AppPorts {
  const guard = { allowPrivate: allowPrivateUrls ?? false };
  return {
    http: nodeHttp(guard),
    clock: systemClock,
    random: systemRandom,
    log,
    store,
    secrets: environmentSecrets(process.env),
    checkUrl: (url) => checkUrl(url, guard),
    mail: nodeMail(guard),
    fetchFile: fetchFile(guard),
    newOwner: randomUUID,
    wakeSend,
    show,
    // With the machine's own credentials.
    putOnBus: eventBridge(),
    sendToQueue: sqsQueue(),
  };
}

/** Refuses a config that this machine could not run, and warns of what it should not hold. */
export function checkLocalConfig(
  config: Config,
  file: string,
  { checkUrl: check, mail }: AppPorts,
  warn: (sentence: string) => void,
): void {
  const rules: ConfigRules = {
    file,
    checkUrl: check,
    checkMailUrl: (url) => mail.checkUrl(url),
    secret: (text, where) => localSecret(text, { env: process.env, where, warn }),
    place: 'one machine',
    warn,
  };
  checkConfig(config, rules);
}
