import { EVENT_TYPES } from '../events/event.ts';
import type { Instant } from '../model.ts';
import type { Outcome, Sink } from '../outbox/sink.ts';
import { listSubscriptions, removeSubscription, type Subscription } from '../outbox/subscriptions.ts';
import { HttpFault } from '../ports.ts';
import { sinkNamed } from '../sinks/index.ts';
import type { SinkPorts } from '../sinks/ports.ts';
import type { Stored } from '../store/collection.ts';
import type { Store } from '../store/store.ts';

/** How long it is known which subscriptions there are, where another process may make some. */
const KNOWN_MS = 1_000;
const GOODBYE_MS = 5_000;

interface Opened {
  readonly version: number;
  readonly sink: Sink;
}

/** The webhooks that were made at run time, opened as sinks. */
export class Subscriptions {
  readonly #store: Store;
  readonly #ports: SinkPorts;
  #known: { readonly at: Instant; readonly sinks: Promise<readonly Sink[]> } | undefined;
  /** Of one version each: a sink keeps its circuit breaker as long as it is the same. */
  #opened: ReadonlyMap<string, Opened> = new Map();

  constructor(store: Store, ports: SinkPorts) {
    this.#store = store;
    this.#ports = ports;
  }

  async sinks(): Promise<readonly Sink[]> {
    const now = this.#ports.clock.now();
    if (this.#known && Math.abs(now - this.#known.at) < KNOWN_MS) return await this.#known.sinks;
    const sinks = this.#read();
    this.#known = { at: now, sinks };
    // What could not be read is asked for again.
    sinks.catch(() => this.forget());
    return await sinks;
  }

  /** One was made, changed or removed here. */
  forget(): void {
    this.#known = undefined;
  }

  /** Tells who is behind a target that it hears nothing any more, as Zapier asks for. Best effort. */
  async sayGoodbye({ url }: Pick<Subscription, 'url'>): Promise<void> {
    const request = { method: 'DELETE', url, headers: {}, timeoutMs: GOODBYE_MS, bytesMax: 1_000 } as const;
    await this.#ports.http(request).catch((fault: unknown) => {
      if (!(fault instanceof HttpFault)) throw fault;
    });
  }

  async #read(): Promise<readonly Sink[]> {
    const stored = await listSubscriptions(this.#store);
    const opened = new Map(stored.map((one) => [one.key, this.#open(one)]));
    this.#opened = opened;
    return [...opened.values()].map(({ sink }) => sink);
  }

  #open({ key: id, value, version }: Stored<Subscription>): Opened {
    const known = this.#opened.get(id);
    return known?.version === version ? known : { version, sink: this.#sink(id, value) };
  }

  #sink(id: string, { url, secret, events, token: _, createdAt: __, ...filter }: Subscription): Sink {
    const config = {
      id,
      type: 'webhook',
      url,
      secret,
      ...filter,
      ...(events && { events: EVENT_TYPES.filter((type) => events.includes(type)) }),
    };
    // Its secret is stored with it.
    const secrets = { get: (value: string) => ({ value }) };
    const sink = sinkNamed('webhook')
      .read(config)
      .open({ ...this.#ports, secrets });
    const deliver: Sink['deliver'] = async (...delivery) => await this.#settled(id, await sink.deliver(...delivery));
    return { ...sink, actsOnOld: false, deliver };
  }

  /** A 410 ends a subscription: nobody is told, for it was its owner who left. */
  async #settled(id: string, outcome: Outcome): Promise<Outcome> {
    if (outcome.kind !== 'disable') return outcome;
    await removeSubscription(this.#store, id);
    this.forget();
    this.#ports.log.info('subscription.ended', { subscription: id });
    return { kind: 'skip' };
  }
}
