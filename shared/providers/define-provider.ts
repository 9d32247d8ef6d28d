import { type Exchange, type Explain, type JsonClient, jsonExchange, parsing } from '../http/json-client.ts';
import { quotaKeeper, withQuota } from '../http/quota.ts';
import { withRetry } from '../http/retry.ts';
import type { Clock, Log } from '../ports.ts';
import type { Capabilities, CapabilityName, Connection, Given, Provider, SeenAnswer } from '../provider.ts';

/** What every capability of one open connection shares. */
export interface Vendor {
  readonly call: JsonClient;
  /** The same calls, their answers not parsed: for lists that come again and again as they were. */
  readonly exchange: Exchange;
  readonly label: string;
  readonly log: Log;
  readonly clock: Pick<Clock, 'now'>;
}

type Factories<V, G extends Given> = { readonly [Name in keyof G]: (vendor: V) => G[Name] };

export interface Spec<V extends Vendor, G extends Given> extends Omit<Provider, 'supports' | 'connect'> {
  readonly explain: Explain;
  /** Adds what this vendor's capabilities remember together. */
  readonly open: (vendor: Vendor) => V;
  readonly capabilities: Factories<V, G>;
  readonly verify: (vendor: V) => ReturnType<Connection['verify']>;
}

/** A provider from its description: the one place where client, quota and retry are put together. */
export function defineProvider<V extends Vendor, G extends Given>(spec: Spec<V, G>): Provider {
  const { id, label, baseUrl, keyHeaders, quotas, capabilities } = spec;
  const factories = Object.entries(capabilities) as [CapabilityName, (vendor: V) => Capabilities[CapabilityName]][];
  return {
    id,
    label,
    baseUrl,
    keyHeaders,
    quotas,
    ...(spec.oneFeed ? { oneFeed: true } : {}),
    ...(spec.labels ? { labels: true } : {}),
    supports: new Set(factories.map(([name]) => name)),
    connect(options, ports) {
      const keeper = quotaKeeper(quotas, options.quotaShare, ports.clock);
      const watchers = new Set<(answer: SeenAnswer) => void>();
      const bare = jsonExchange(
        {
          label,
          baseUrl: options.baseUrl ?? baseUrl,
          apiKey: options.apiKey,
          keyHeaders,
          explain: spec.explain,
          onAnswer(answer) {
            keeper.correct(answer.headers);
            for (const see of watchers) see(answer);
          },
        },
        ports,
      );
      const exchange = withRetry(withQuota(bare, label, keeper, ports.clock), ports);
      const vendor = spec.open({ call: parsing(exchange), exchange, label, log: ports.log, clock: ports.clock });
      // `supports` and the live objects come from the same literal, so they cannot drift apart.
      const given = Object.fromEntries(factories.map(([name, make]) => [name, make(vendor)])) as unknown as G;
      return {
        ...given,
        provider: { id, label, ...(spec.labels ? { labels: true } : {}) },
        budget: { available: keeper.available, waitMs: keeper.waitMs, intervalMs: keeper.intervalMs },
        verify: () => spec.verify(vendor),
        watch(see) {
          watchers.add(see);
          return () => void watchers.delete(see);
        },
      };
    },
  };
}
