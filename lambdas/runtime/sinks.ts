import { checkUrl } from '../../adapters/node/address-guard.ts';
import { systemClock } from '../../adapters/node/clock.ts';
import type { SinkConfig } from '../../shared/config/schema.ts';
import type { ParameterSecret } from '../../shared/config/secret.ts';
import { type AutomationPorts, automationSink } from '../../shared/sinks/automation.ts';
import { eventBridgeSink, type PutOnBus } from '../../shared/sinks/eventbridge.ts';
import { accepts, filterOf, type SinkFilter } from '../../shared/sinks/filter.ts';
import { checkSecret } from '../../shared/sinks/secret.ts';
import type { Sink } from '../../shared/sinks/sink.ts';
import { webhookSink } from '../../shared/sinks/webhook.ts';
import { type CloudPorts, parameterOf } from './connections.ts';

export interface SinkPorts extends CloudPorts {
  readonly automation: AutomationPorts;
  readonly putOnBus: PutOnBus;
}

/** Matched as the real one would be, and tried again later: a secret that is missing now must not park anything for good. */
function waitingSink({ id, type }: SinkConfig, filter: SinkFilter, error: string): Sink {
  return {
    id,
    type,
    actsOnOld: true,
    accepts: (event) => accepts(filter, event),
    deliver: async () => ({ kind: 'retry', error }),
  };
}

type WebhookConfig = Extract<SinkConfig, { type: 'webhook' }>;

/** Where in the parameter store a webhook's secrets lie. */
export function secretsOf({ secret }: WebhookConfig): readonly ParameterSecret[] {
  return [secret].flat().flatMap((text) => parameterOf(text) ?? []);
}

function webhook(sink: WebhookConfig, ports: SinkPorts): Sink {
  const filter = filterOf(sink);
  if (checkUrl(sink.url, { allowPrivate: ports.allowPrivate })) return waitingSink(sink, filter, 'url');
  const found = secretsOf(sink).map((secret) => ports.secrets.get(secret));
  const secrets = found.flatMap((each) => ('lack' in each ? [] : each.value));
  const [first, second] = secrets.filter((secret) => checkSecret(secret) === undefined);
  if (first === undefined || secrets.length < [sink.secret].flat().length) {
    const reason = found.flatMap((each) => ('lack' in each ? each.lack : []))[0] ?? 'secret';
    ports.log.warn('sink.waiting', { sink: sink.id, reason });
    return waitingSink(sink, filter, reason);
  }
  const pair: [string, string?] = second === undefined ? [first] : [first, second];
  return webhookSink({ id: sink.id, url: sink.url, secrets: pair, filter }, { http: ports.http, clock: systemClock });
}

export function openSink(sink: SinkConfig, ports: SinkPorts): Sink {
  const filter = filterOf(sink);
  const { id } = sink;
  if (sink.type === 'webhook') return webhook(sink, ports);
  if (sink.type === 'eventbridge') return eventBridgeSink({ id, bus: sink.bus, filter }, ports.putOnBus);
  // Refused when a config is applied: events hold mail, and a function's output is its log.
  if (sink.type === 'stdout') return waitingSink(sink, filter, 'not in the cloud');
  return automationSink({ id, filter, steps: sink.do }, ports.automation);
}
