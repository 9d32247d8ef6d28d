import type { SinkConfig } from '../config/schema.ts';
import type { Sink } from '../outbox/sink.ts';
import { type AutomationPorts, automationSink } from '../sinks/automation.ts';
import { eventBridgeSink } from '../sinks/eventbridge.ts';
import { accepts, filterOf } from '../sinks/filter.ts';
import { checkSecret } from '../sinks/secret.ts';
import { stdoutSink } from '../sinks/stdout.ts';
import { webhookSink } from '../sinks/webhook.ts';
import type { AppPorts, ShowEvent } from './ports.ts';

export interface SinkPorts extends Pick<AppPorts, 'http' | 'clock' | 'log' | 'secrets' | 'checkUrl' | 'putOnBus'> {
  readonly show?: ShowEvent;
  readonly automation: AutomationPorts;
}

/** Matched as the real one would be, and tried again later: what is missing now must not park anything for good. */
function waitingSink(sink: SinkConfig, reason: string, { log }: SinkPorts): Sink {
  const { id, type } = sink;
  const filter = filterOf(sink);
  log.warn('sink.waiting', { sink: id, reason });
  return {
    id,
    type,
    actsOnOld: true,
    accepts: (event) => accepts(filter, event),
    deliver: async () => ({ kind: 'retry', error: reason }),
  };
}

type WebhookConfig = Extract<SinkConfig, { type: 'webhook' }>;

/** Both secrets, or why one of them cannot be had. */
function signingKeys({ secret }: WebhookConfig, { secrets }: SinkPorts): readonly [string, string?] | string {
  const values: string[] = [];
  for (const text of [secret].flat()) {
    const found = secrets.get(text);
    if ('lack' in found) return found.lack;
    if (checkSecret(found.value) !== undefined) return 'secret';
    values.push(found.value);
  }
  const [first, second] = values;
  if (first === undefined) return 'secret';
  return second === undefined ? [first] : [first, second];
}

function webhook(sink: WebhookConfig, ports: SinkPorts): Sink {
  if (ports.checkUrl(sink.url)) return waitingSink(sink, 'url', ports);
  const secrets = signingKeys(sink, ports);
  if (typeof secrets === 'string') return waitingSink(sink, secrets, ports);
  return webhookSink({ id: sink.id, url: sink.url, secrets, filter: filterOf(sink) }, ports);
}

function stdout(sink: SinkConfig, show: ShowEvent): Sink {
  return {
    ...stdoutSink({ id: sink.id, filter: filterOf(sink), form: 'json' }, () => {}),
    async deliver(id, event) {
      show(id, event);
      return { kind: 'delivered' };
    },
  };
}

/** What cannot be used now waits: its events stay due. What a config could never use was refused before it came here. */
export function openSink(sink: SinkConfig, ports: SinkPorts): Sink {
  const filter = filterOf(sink);
  switch (sink.type) {
    case 'webhook':
      return webhook(sink, ports);
    case 'stdout':
      return ports.show ? stdout(sink, ports.show) : waitingSink(sink, 'not here', ports);
    case 'eventbridge':
      return ports.putOnBus
        ? eventBridgeSink({ id: sink.id, bus: sink.bus, filter }, ports.putOnBus)
        : waitingSink(sink, 'not here', ports);
    case 'automation':
      return automationSink({ id: sink.id, filter, steps: sink.do }, ports.automation);
  }
}
