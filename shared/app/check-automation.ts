import type { SinkConfig } from '../config/schema.ts';
import { UserError } from '../failure.ts';
import type { Provider } from '../provider.ts';
import { checkRecipients, RECIPIENTS_MAX } from '../sending/recipients.ts';
import type { AutomationStep } from '../sinks/automation.ts';

type AutomationConfig = Extract<SinkConfig, { type: 'automation' }>;

const ACTED_ON: readonly string[] = ['reply.received', 'reply.interested'];

/** What an automation acts on. */
export interface Reach {
  readonly connections: readonly { readonly id: string; readonly provider: Provider }[];
  readonly hasMailServer: boolean;
}

/** Why connections of this provider cannot carry the step out; undefined when they can. */
function obstacle({ label, supports }: Provider, hasMailServer: boolean, step: AutomationStep): string | undefined {
  if ('read' in step && !supports.has('readMarks')) return `${label} has no read marks`;
  if (!('forward' in step) || supports.has('forwards') || hasMailServer) return undefined;
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
  { connections, hasMailServer }: Reach,
  warn: (sentence: string) => void,
): void {
  checkEvents(sink, place);
  const named = sink.connections ?? ['*'];
  const meant = connections.filter(({ id }) => named.includes('*') || named.includes(id));
  for (const [index, step] of sink.do.entries()) {
    const here = `${place}.do[${index}]`;
    if ('forward' in step) checkForward(step.forward, here);
    const obstacles = meant.map(({ id, provider }) => ({ id, why: obstacle(provider, hasMailServer, step) }));
    const stuck = obstacles.filter(({ why }) => why !== undefined);
    const [first] = stuck;
    if (!first) continue;
    if (stuck.length === obstacles.length)
      throw new UserError(`${here}: this can never work, because ${first.why}; change it or take it out.`);
    for (const { id, why } of stuck) warn(`${here}: replies of "${id}" are left alone by it, because ${why}.`);
  }
}
