import type { SinkConfig } from '../shared/config/schema.ts';
import { UserError } from '../shared/failure.ts';
import type { SendingConnection } from '../shared/sending/ports.ts';
import { checkRecipients, RECIPIENTS_MAX } from '../shared/sending/recipients.ts';
import type { AutomationStep } from '../shared/sinks/automation.ts';

export type AutomationConfig = Extract<SinkConfig, { type: 'automation' }>;

const ACTED_ON: readonly string[] = ['reply.received', 'reply.interested'];

/** Why this connection cannot carry the step out; undefined when it can. */
function obstacle({ connection, forwards }: SendingConnection, step: AutomationStep): string | undefined {
  const { label } = connection.provider;
  if ('read' in step && !connection.readMarks) return `${label} has no read marks`;
  if (!('forward' in step) || forwards) return undefined;
  return `${label} has no forward of its own and the config has no "forwarding" with your mail server`;
}

function checkForward(to: readonly string[], place: string): void {
  const checked = checkRecipients('forward', to);
  if ('problem' in checked) throw new UserError(`${place}: ${checked.problem}`);
  if (checked.addresses.length > RECIPIENTS_MAX)
    throw new UserError(`${place}: a mail goes to at most ${RECIPIENTS_MAX} people; take some out.`);
}

function checkEvents({ events }: AutomationConfig, place: string): void {
  const strange = events?.find((type) => !ACTED_ON.includes(type));
  if (strange === undefined) return;
  throw new UserError(
    `${place}.events: an automation acts on replies, so "${strange}" never reaches it; name ${ACTED_ON.join(' or ')}.`,
  );
}

/** Refuses an automation that could never work, and warns of connections of which it would not. */
export function checkAutomation(
  sink: AutomationConfig,
  place: string,
  connections: readonly SendingConnection[],
  warn: (sentence: string) => void,
): void {
  checkEvents(sink, place);
  const named = sink.connections ?? ['*'];
  const meant = connections.filter(({ id }) => named.includes('*') || named.includes(id));
  for (const [index, step] of sink.do.entries()) {
    const here = `${place}.do[${index}]`;
    if ('forward' in step) checkForward(step.forward, here);
    const obstacles = meant.map((connection) => ({ id: connection.id, why: obstacle(connection, step) }));
    const stuck = obstacles.filter(({ why }) => why !== undefined);
    const [first] = stuck;
    if (!first) continue;
    if (stuck.length === obstacles.length)
      throw new UserError(`${here}: this can never work, because ${first.why}; change it or take it out.`);
    for (const { id, why } of stuck) warn(`${here}: replies of "${id}" are left alone by it, because ${why}.`);
  }
}
