import { checkUrl } from '../../adapters/node/address-guard.ts';
import { systemClock, systemRandom } from '../../adapters/node/clock.ts';
import { nodeHttp } from '../../adapters/node/http.ts';
import type { ConnectionConfig } from '../../shared/config/schema.ts';
import { type ParameterSecret, readSecret } from '../../shared/config/secret.ts';
import type { Http, Log } from '../../shared/ports.ts';
import type { Connection } from '../../shared/provider.ts';
import { providerNamed } from '../../shared/providers/index.ts';
import type { Secrets } from '../services/secrets.ts';
import { type Deadline, withinDeadline } from './deadline.ts';
import { withFreshKey } from './fresh-key.ts';

/** Of each documented budget. What people and automations do never waits for polling, nor polling for them. */
export const POLLING_SHARE = 0.6;
export const ACTING_SHARE = 0.4;

export interface CloudPorts {
  readonly http: Http;
  readonly log: Log;
  readonly secrets: Secrets;
  readonly allowPrivate: boolean;
}

export function cloudPorts(log: Log, secrets: Secrets, deadline: Deadline, allowPrivate: boolean): CloudPorts {
  const http = withinDeadline(nodeHttp({ allowPrivate }), systemClock, deadline);
  return { http, log, secrets, allowPrivate };
}

/** The parameter a secret of the config names; undefined for what a config in the cloud may not hold. */
export function parameterOf(text: string): ParameterSecret | undefined {
  const secret = readSecret(text);
  return secret.kind === 'ssm' ? secret : undefined;
}

/** Opened again only when something about it has changed: what it knows of its vendor's budget is worth keeping. */
export class Connections {
  readonly #ports: CloudPorts;
  readonly #share: number;
  readonly #open = new Map<string, { readonly made: string; readonly connection: Connection }>();

  constructor(ports: CloudPorts, share: number) {
    this.#ports = ports;
    this.#share = share;
  }

  /** Undefined, and a line in the log, when it cannot be opened: the others go on. */
  open(config: ConnectionConfig): Connection | undefined {
    const { id, provider: name, apiKey, baseUrl } = config;
    const parameter = parameterOf(apiKey);
    if (!parameter) return this.#closed(id, 'secret');
    const found = this.#ports.secrets.get(parameter);
    if ('lack' in found) return this.#closed(id, found.lack);
    const key = found.value;
    const made = JSON.stringify([name, apiKey, key, baseUrl]);
    const known = this.#open.get(id);
    if (known?.made === made) return known.connection;
    const provider = providerNamed(name);
    if (!provider) return this.#closed(id, 'provider');
    const { allowPrivate, log, secrets } = this.#ports;
    if (baseUrl !== undefined && checkUrl(baseUrl, { allowPrivate })) return this.#closed(id, 'baseUrl');
    const http = withFreshKey(this.#ports.http, () => secrets.again(parameter));
    const options = { apiKey: key, quotaShare: this.#share, ...(baseUrl === undefined ? {} : { baseUrl }) };
    const connection = provider.connect(options, { http, clock: systemClock, random: systemRandom, log });
    this.#open.set(id, { made, connection });
    return connection;
  }

  #closed(id: string, reason: string): undefined {
    this.#ports.log.warn('connection.closed', { connection: id, reason });
    return undefined;
  }
}
