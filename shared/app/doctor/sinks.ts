import type { CheckView } from '../../api/shapes.ts';
import { type DisabledPorts, disabledSinks } from '../../outbox/disabled.ts';
import type { Sink } from '../../outbox/sink.ts';
import { broken } from './checks.ts';

async function checkSink(sink: Sink, isDisabled: boolean): Promise<CheckView> {
  const subject = `sink ${sink.id}`;
  if (!isDisabled) return { subject, ...((await sink.check?.()) ?? { state: 'ok', detail: 'Ready.' }) };
  const mend = `mend the receiver or the URL, then run "replybus sinks test ${sink.id}"`;
  return broken(subject, `Its receiver answered 410, so it is switched off; ${mend}.`);
}

/** How each sink is. */
export async function checkSinks(sinks: readonly Sink[], ports: DisabledPorts): Promise<readonly CheckView[]> {
  const disabled = await disabledSinks(ports);
  return await Promise.all(sinks.map((sink) => checkSink(sink, disabled.has(sink.id))));
}
