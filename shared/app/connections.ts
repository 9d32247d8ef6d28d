import type { ConnectionConfig } from '../config/polled.ts';
import { KEY_TEXT } from '../fields.ts';
import type { Connection } from '../provider.ts';
import { providerNamed } from '../providers/index.ts';
import { withFreshKey } from './fresh-key.ts';
import type { ConnectionPorts } from './ports.ts';
import { Remade } from './remade.ts';

/** Of each documented budget. What people and automations do never waits for polling, nor polling for them. */
export const POLLING_SHARE = 0.6;
export const ACTING_SHARE = 0.4;

/** Connections of a config. Opened again only when something about one has changed: what it knows of its budget is worth keeping. */
export class Connections {
  readonly #ports: ConnectionPorts;
  readonly #share: number;
  readonly #opened = new Remade<Connection>();

  constructor(ports: ConnectionPorts, share: number) {
    this.#ports = ports;
    this.#share = share;
  }

  /** Undefined, and a line in the log, when it cannot be opened now: the others go on. */
  open(config: ConnectionConfig): Connection | undefined {
    const { id, provider, apiKey, baseUrl } = config;
    const found = this.#ports.secrets.get(apiKey);
    if ('lack' in found) return this.#closed(id, found.lack);
    if (!KEY_TEXT.test(found.value)) return this.#closed(id, 'apiKey');
    if (!providerNamed(provider)) return this.#closed(id, 'provider');
    if (baseUrl !== undefined && this.#ports.checkUrl(baseUrl)) return this.#closed(id, 'baseUrl');
    const parts = [provider, apiKey, found.value, baseUrl];
    return this.#opened.get(id, parts, () => this.#connect(config, found.value));
  }

  #connect({ provider: name, apiKey: text, baseUrl }: ConnectionConfig, apiKey: string): Connection {
    const { http, clock, random, log, secrets } = this.#ports;
    const provider = providerNamed(name);
    if (!provider) throw new Error('The provider was looked up before.');
    const options = { apiKey, quotaShare: this.#share, ...(baseUrl === undefined ? {} : { baseUrl }) };
    const { keyHeaders } = provider;
    const key = { apiKey, keyHeaders, readAgain: () => secrets.again(text) };
    return provider.connect(options, { http: withFreshKey(http, key), clock, random, log });
  }

  #closed(id: string, reason: string): undefined {
    this.#ports.log.warn('connection.closed', { connection: id, reason });
    return undefined;
  }
}
