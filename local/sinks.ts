import { checkUrl } from '../adapters/node/address-guard.ts';
import type { Config, SinkConfig } from '../shared/config/schema.ts';
import { localSecret } from '../shared/config/secret.ts';
import type { Event } from '../shared/events/event.ts';
import { UserError } from '../shared/failure.ts';
import type { Ports } from '../shared/ports.ts';
import { type AutomationPorts, automationSink } from '../shared/sinks/automation.ts';
import { filterOf } from '../shared/sinks/filter.ts';
import { checkSecret } from '../shared/sinks/secret.ts';
import type { Sink } from '../shared/sinks/sink.ts';
import { stdoutSink } from '../shared/sinks/stdout.ts';
import { webhookSink } from '../shared/sinks/webhook.ts';
import { type AutomationConfig, checkAutomation } from './automations.ts';

/** Where the stdout sink writes: a line of NDJSON, or a line for a person. */
export type ShowEvent = (id: string, event: Event) => void;

export interface SinkWorld {
  readonly ports: Ports;
  readonly automation: AutomationPorts;
  readonly show: ShowEvent;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly warn: (sentence: string) => void;
}

function webhook(
  sink: Extract<SinkConfig, { type: 'webhook' }>,
  place: string,
  allowPrivate: boolean,
  world: SinkWorld,
) {
  const complaint = checkUrl(sink.url, { allowPrivate });
  if (complaint) throw new UserError(`${place}.url: ${complaint}`);
  const [first, second] = typeof sink.secret === 'string' ? [sink.secret] : sink.secret;
  const resolve = (text: string): string => {
    const where = `${place}.secret`;
    const secret = localSecret(text, { env: world.env, where, warn: world.warn });
    const wrong = checkSecret(secret);
    if (wrong) throw new UserError(`${where}: ${wrong}`);
    return secret;
  };
  const secrets: [string, string?] = second === undefined ? [resolve(first)] : [resolve(first), resolve(second)];
  return webhookSink({ id: sink.id, url: sink.url, secrets, filter: filterOf(sink) }, world.ports);
}

function stdout(sink: SinkConfig, show: ShowEvent): Sink {
  const settings = { id: sink.id, filter: filterOf(sink), form: 'json' } as const;
  return {
    ...stdoutSink(settings, () => {}),
    async deliver(id, event) {
      show(id, event);
      return { kind: 'delivered' };
    },
  };
}

function automation(sink: AutomationConfig, place: string, world: SinkWorld): Sink {
  const { sending } = world.automation;
  checkAutomation(sink, place, sending.connections, world.warn);
  return automationSink({ id: sink.id, filter: filterOf(sink), steps: sink.do }, world.automation);
}

export function openSinks(config: Config, file: string, world: SinkWorld): readonly Sink[] {
  return (config.sinks ?? []).map((sink, index) => {
    const place = `${file}, sinks[${index}]`;
    if (sink.type === 'webhook') return webhook(sink, place, config.allowPrivateUrls ?? false, world);
    if (sink.type === 'stdout') return stdout(sink, world.show);
    if (sink.type === 'automation') return automation(sink, place, world);
    throw new UserError(`${place}: sinks of type "${sink.type}" are not available on this machine yet; remove it.`);
  });
}
