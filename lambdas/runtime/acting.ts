import { type Acting, openActing, secretsOf } from '../../shared/app/acting.ts';
import { ACTING_SHARE, Connections } from '../../shared/app/connections.ts';
import type { AppPorts } from '../../shared/app/ports.ts';
import type { Config } from '../../shared/config/schema.ts';
import { actingPorts } from './acting-ports.ts';
import type { Container } from './container.ts';
import { CurrentConfig } from './current-config.ts';
import { type CloudConfig, readConfig } from './stored-config.ts';
import type { DuePorts, WorkResult } from './work.ts';

/** What acts, and the config it was opened for. */
export interface CloudActing extends Acting {
  readonly cloud: CloudConfig;
}

/** What acts for the config in force; opened again when that or a secret has changed. */
export class ActingWorld {
  readonly ports: AppPorts;
  readonly #connections: Connections;
  readonly #config: CurrentConfig<Config>;
  #acting: CloudActing | undefined;
  #made = '';

  constructor(container: Container) {
    this.ports = actingPorts(container);
    this.#connections = new Connections(this.ports, ACTING_SHARE);
    this.#config = new CurrentConfig(container.store, readConfig);
  }

  /** Undefined before the first config is applied. */
  async open(): Promise<CloudActing | undefined> {
    const cloud = await this.#config.read();
    if (!cloud) return undefined;
    const { secrets } = this.ports;
    await secrets.refresh(secretsOf(cloud.config));
    const made = `${cloud.digest} ${secrets.version}`;
    if (!this.#acting || made !== this.#made)
      this.#acting = { cloud, ...(await openActing(cloud.config, this.#connections, this.ports)) };
    this.#made = made;
    return this.#acting;
  }
}

export const duePorts = ({ deadline }: Container, { delivery, sending }: Acting): DuePorts => ({
  delivery,
  sending,
  deadline,
});

/** What came of a run, as a line and as metrics. Parked and undecided ones are counted where they happen. */
export function reportWork({ lines }: Container, { attempted, delivered, parked, broken, left }: WorkResult): void {
  if (attempted + parked + broken + left > 0) lines.info('work.done', { attempted, delivered, parked, broken, left });
  lines.count('Delivered', delivered);
}
