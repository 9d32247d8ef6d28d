import { systemClock, systemRandom } from '../../adapters/node/clock.ts';
import { starrerFor } from '../../shared/acting/stars.ts';
import type { Config } from '../../shared/config/schema.ts';
import type { DeliveryPorts } from '../../shared/outbox/deliver.ts';
import type { SendingPorts } from '../../shared/sending/ports.ts';
import { eventBridge } from '../services/bus.ts';
import { Secrets, ssmParameters } from '../services/secrets.ts';
import { ACTING_SHARE, type CloudPorts, Connections, cloudPorts, parameterOf } from './connections.ts';
import type { Container } from './container.ts';
import { CurrentConfig } from './current-config.ts';
import { mailServerParameter, type OpenConnection, openSending } from './sending.ts';
import { openSink, secretsOf } from './sinks.ts';
import type { CloudConfig } from './stored-config.ts';
import type { DuePorts, WorkResult } from './work-due.ts';

/** Everything that acts: sinks, sends, stars. */
export interface Acting {
  readonly config: CloudConfig;
  readonly opened: readonly OpenConnection[];
  readonly sending: SendingPorts;
  readonly delivery: DeliveryPorts;
}

function parametersOf(config: Config): readonly string[] {
  const keys = config.connections.flatMap(({ apiKey }) => parameterOf(apiKey) ?? []);
  const webhooks = (config.sinks ?? []).flatMap((sink) => (sink.type === 'webhook' ? secretsOf(sink) : []));
  return [...keys, ...webhooks, mailServerParameter(config)].flatMap((parameter) => parameter?.path ?? []);
}

/** Opens what the config in force names, and opens it again when the config or a secret has changed. */
export class ActingWorld {
  readonly #container: Container;
  readonly #secrets = new Secrets(ssmParameters(), systemClock);
  readonly #ports: CloudPorts;
  readonly #connections: Connections;
  readonly #config: CurrentConfig;
  readonly #putOnBus = eventBridge();
  #acting: Acting | undefined;
  #made = '';

  constructor(container: Container) {
    this.#container = container;
    const { lines, store, deadline, environment } = container;
    this.#ports = cloudPorts(lines, this.#secrets, deadline, environment.allowPrivate);
    this.#connections = new Connections(this.#ports, ACTING_SHARE);
    this.#config = new CurrentConfig(store);
  }

  /** Undefined before the first config is applied. */
  async open(): Promise<Acting | undefined> {
    const config = await this.#config.read();
    if (!config) return undefined;
    await this.#secrets.refresh(parametersOf(config.config));
    const made = `${config.digest} ${this.#secrets.version}`;
    if (!this.#acting || made !== this.#made) this.#acting = await this.#openAll(config);
    this.#made = made;
    return this.#acting;
  }

  async #openAll(config: CloudConfig): Promise<Acting> {
    const { store, lines } = this.#container;
    const opened = config.config.connections.flatMap((entry) => {
      const connection = this.#connections.open(entry);
      return connection ? [{ config: entry, connection }] : [];
    });
    const sending = await openSending(config.config, opened, this.#ports, store);
    const ports = { store, clock: systemClock };
    const starrers = new Map(
      opened.map(({ config: { id }, connection }) => [id, starrerFor(ports, id, connection)] as const),
    );
    // A send is in the table and due: its own hint, or the next sweep, runs it.
    const automation = { sending, starrer: (id: string) => starrers.get(id), wake: () => {} };
    const sinkPorts = { ...this.#ports, automation, putOnBus: this.#putOnBus };
    const sinks = (config.config.sinks ?? []).map((sink) => openSink(sink, sinkPorts));
    const delivery: DeliveryPorts = { store, sinks, clock: systemClock, random: systemRandom, log: lines };
    return { config, opened, sending, delivery };
  }
}

export const duePorts = ({ deadline }: Container, { delivery, sending }: Acting): DuePorts => ({
  delivery,
  sending,
  deadline,
});

/** What came of a run, as a line and as metrics. Parked and undecided ones are counted where they happen. */
export function tellWork({ lines }: Container, { attempted, delivered, parked, broken, left }: WorkResult): void {
  if (attempted + parked + broken + left > 0) lines.info('work.done', { attempted, delivered, parked, broken, left });
  lines.count('Delivered', delivered);
}
