import { inParallel } from '../../shared/in-parallel.ts';
import type { Instant } from '../../shared/model.ts';
import type { Delivered, DeliveryPorts } from '../../shared/outbox/deliver.ts';
import { deliverDue } from '../../shared/outbox/deliver.ts';
import { isEventAddress } from '../../shared/outbox/outbox.ts';
import type { SendingPorts } from '../../shared/sending/ports.ts';
import { runSend } from '../../shared/sending/run.ts';
import type { SendState } from '../../shared/sending/send.ts';
import { isSendAddress } from '../../shared/store/keys.ts';
import type { Address } from '../../shared/store/store.ts';
import type { Deadline } from './deadline.ts';

/** Events of one call: all of them have ended within a minute, however slow their receivers are. */
const EVENTS = 32;
const EVENTS_TAKE_MS = 65_000;
const SENDS_AT_ONCE = 8;
/** A mail server may take two minutes for one mail, and what comes before and after it needs its time too. */
export const SEND_TAKES_MS = 200_000;
const DUE_MAX = 256;

export interface DuePorts {
  readonly delivery: DeliveryPorts;
  readonly sending: SendingPorts;
  readonly deadline: Deadline;
}

export interface WorkResult {
  readonly attempted: number;
  readonly delivered: number;
  readonly parked: number;
  /** States that sends were left in. */
  readonly sends: Readonly<Partial<Record<SendState, number>>>;
  /** Sends whose run ended with an error of ours; they are still due. */
  readonly broken: number;
  /** What the time did not reach; it is still due. */
  readonly left: number;
}

const idOf = ({ partition }: Address) => partition.slice(partition.indexOf('#') + 1);

function timeFor(ports: DuePorts, ms: number): boolean {
  return ports.deadline.at - ports.delivery.clock.now() >= ms;
}

async function runSends(ports: DuePorts, ids: readonly string[]) {
  const states: Partial<Record<SendState, number>> = {};
  let broken = 0;
  let left = 0;
  await inParallel(ids, SENDS_AT_ONCE, async (id) => {
    if (!timeFor(ports, SEND_TAKES_MS)) {
      left += 1;
      return;
    }
    try {
      const send = await runSend(ports.sending, id);
      if (send) states[send.state] = (states[send.state] ?? 0) + 1;
    } catch (error) {
      broken += 1;
      const name = error instanceof Error ? error.name : 'unknown';
      ports.sending.log.warn('send.broken', { send: id, error: name });
    }
  });
  return { sends: states, broken, left };
}

async function deliverAll(ports: DuePorts, addresses: readonly Address[]) {
  let sum: Omit<Delivered, 'more'> = { attempted: 0, delivered: 0, parked: 0 };
  for (let from = 0; from < addresses.length; from += EVENTS) {
    if (!timeFor(ports, EVENTS_TAKE_MS)) return { ...sum, left: addresses.length - from };
    const some = addresses.slice(from, from + EVENTS);
    const { attempted, delivered, parked } = await deliverDue(ports.delivery, { limit: EVENTS, addresses: some });
    sum = {
      attempted: sum.attempted + attempted,
      delivered: sum.delivered + delivered,
      parked: sum.parked + parked,
    };
  }
  return { ...sum, left: 0 };
}

/** Looks at these documents and does what is due of them: deliveries, and the next step of sends. */
export async function workOn(ports: DuePorts, addresses: readonly Address[]): Promise<WorkResult> {
  const sends = addresses.filter(isSendAddress).map(idOf);
  const events = addresses.filter(isEventAddress);
  const [sent, delivered] = await Promise.all([runSends(ports, sends), deliverAll(ports, events)]);
  return { ...delivered, ...sent, left: sent.left + delivered.left };
}

const same = (left: Address) => (right: Address) => left.partition === right.partition && left.key === right.key;

/** Does what the index says is due, until `until` or until nothing new shows up in it. */
export async function sweep(ports: DuePorts, until: Instant): Promise<WorkResult> {
  let sum: WorkResult = { attempted: 0, delivered: 0, parked: 0, sends: {}, broken: 0, left: 0 };
  let seen: readonly Address[] = [];
  while (ports.delivery.clock.now() < until) {
    const due = await ports.delivery.store.due(ports.delivery.clock.now(), DUE_MAX);
    const fresh = due.filter((address) => !seen.some(same(address)));
    if (fresh.length === 0) break;
    seen = due;
    sum = added(sum, await workOn(ports, fresh));
  }
  return sum;
}

function added(sum: WorkResult, more: WorkResult): WorkResult {
  const sends: Partial<Record<SendState, number>> = { ...sum.sends };
  for (const [state, count] of Object.entries(more.sends) as [SendState, number][])
    sends[state] = (sends[state] ?? 0) + count;
  return {
    attempted: sum.attempted + more.attempted,
    delivered: sum.delivered + more.delivered,
    parked: sum.parked + more.parked,
    sends,
    broken: sum.broken + more.broken,
    left: sum.left + more.left,
  };
}
