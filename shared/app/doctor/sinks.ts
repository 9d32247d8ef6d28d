import type { CheckView } from '../../api/shapes.ts';
import { minuteText } from '../../api/troubles.ts';
import type { DeliveryPorts } from '../../outbox/deliver.ts';
import { disabledSinks } from '../../outbox/disabled.ts';
import { failureText, type Sink } from '../../outbox/sink.ts';
import { type Undelivered, type UndeliveredNow, undeliveredNow } from '../../outbox/undelivered.ts';
import { broken, ok, plural, warning } from './checks.ts';

const SAYS = { ok, warning, broken };

function missingText({ waiting, parked, lastError, since }: Undelivered, events: number): string {
  const counts = [
    ...(waiting > 0 ? [`${waiting} ${waiting === 1 ? 'waits' : 'wait'} for another try`] : []),
    ...(parked > 0 ? [`${parked} ${parked === 1 ? 'is' : 'are'} parked`] : []),
  ].join(' and ');
  const from = since === undefined ? '' : `, since ${minuteText(since)}`;
  const why = lastError === undefined ? '' : `: ${failureText(lastError)}`;
  return `Of the newest ${plural(events, 'event')} ${counts}${from}${why}.`;
}

const MEND = 'Mend the receiver or its settings; "replybus events --undelivered" shows what has not arrived.';

/** How the sink is by itself, whatever became of its events. */
async function ownCheck(sink: Sink, disabled: ReadonlyMap<string, string>): Promise<Omit<CheckView, 'subject'>> {
  const reason = disabled.get(sink.id);
  if (reason === undefined) return (await sink.check?.()) ?? { state: 'ok', detail: 'Ready.' };
  const mend = `mend the receiver or the URL, then run "replybus sinks test ${sink.id}"`;
  const said = failureText(reason);
  const start = `${said.charAt(0).toUpperCase()}${said.slice(1)}`;
  return { state: 'broken', detail: `${start}, so it is switched off; ${mend}.` };
}

interface Known {
  readonly disabled: ReadonlyMap<string, string>;
  readonly undelivered: UndeliveredNow;
}

async function checkSink(subject: string, sink: Sink, { disabled, undelivered }: Known): Promise<CheckView> {
  const own = await ownCheck(sink, disabled);
  const missing = undelivered.sinks.get(sink.id);
  if (!missing) return { subject, ...own };
  const lacks = missingText(missing, undelivered.events);
  if (own.state !== 'ok') return SAYS[own.state](subject, `${own.detail} ${lacks}`);
  return SAYS[missing.isFailing ? 'broken' : 'warning'](subject, `${lacks} ${MEND}`);
}

/** How each sink is, and what does not arrive at it. Of webhooks made at run time those are told at which something does not. */
export async function checkSinks(ports: DeliveryPorts): Promise<readonly CheckView[]> {
  const subscribed = (await ports.subscribed?.()) ?? [];
  const undelivered = await undeliveredNow(ports, [...ports.sinks, ...subscribed]);
  const known = { disabled: await disabledSinks(ports), undelivered };
  const troubled = subscribed.filter(({ id }) => undelivered.sinks.has(id));
  return await Promise.all([
    ...ports.sinks.map((sink) => checkSink(`sink ${sink.id}`, sink, known)),
    ...troubled.map((sink) => checkSink(`subscription ${sink.id}`, sink, known)),
  ]);
}
