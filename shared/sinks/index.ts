import { automation } from './automation.ts';
import type { SinkDefinition } from './define-sink.ts';
import { eventbridge } from './eventbridge.ts';
import { slack } from './slack.ts';
import { sqs } from './sqs.ts';
import { stdout } from './stdout.ts';
import { webhook } from './webhook.ts';

/** The only list of sinks. */
export const SINKS: readonly [SinkDefinition, ...SinkDefinition[]] = [
  webhook,
  slack,
  sqs,
  eventbridge,
  stdout,
  automation,
];

export function sinkNamed(type: string): SinkDefinition {
  const found = SINKS.find((sink) => sink.type === type);
  if (found) return found;
  // The config's schema is made of this list.
  throw new TypeError('The config names a sink of no known type.');
}
