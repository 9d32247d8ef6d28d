import type { CheckView } from '../../api/shapes.ts';
import { type DisabledPorts, disabledSinks } from '../../outbox/disabled.ts';
import type { Sink } from '../../outbox/sink.ts';
import { broken, ok } from './checks.ts';

function readiness({ id, type }: Sink): string {
  if (type !== 'webhook') return 'Ready.';
  return `Its URL and secret have the right form; try it with "replybus sinks test ${id}".`;
}

/** How each sink is. */
export async function checkSinks(sinks: readonly Sink[], ports: DisabledPorts): Promise<readonly CheckView[]> {
  const disabled = await disabledSinks(ports);
  return sinks.map((sink) => {
    const subject = `sink ${sink.id}`;
    if (!disabled.has(sink.id)) return ok(subject, readiness(sink));
    const mend = `mend the receiver or the URL, then run "replybus sinks test ${sink.id}"`;
    return broken(subject, `Its receiver answered 410, so it is switched off; ${mend}.`);
  });
}
