import type { Acting } from '../../shared/app/acting.ts';
import { openWorker } from '../../shared/app/work.ts';
import type { Instant } from '../../shared/model.ts';
import type { Worker } from '../../shared/outbox/worker.ts';
import type { Address } from '../../shared/store/store.ts';
import type { Deadline } from './deadline.ts';

/** While one run works on what the stream showed, what comes behind it in the stream waits: a slow receiver's rest is left to the sweep. */
const STREAM_BEGINS_MS = 15_000;

export interface DuePorts extends Pick<Acting, 'delivery' | 'sending'> {
  readonly deadline: Deadline;
}

export interface WorkResult {
  readonly attempted: number;
  readonly delivered: number;
  readonly parked: number;
  /** What ended with an error of ours; it is still due. */
  readonly broken: number;
  /** What the time did not reach; it is still due. */
  readonly left: number;
}

function resultOf({ counts }: Worker): WorkResult {
  const { attempted = 0, delivered = 0, parked = 0, broken = 0, left = 0 } = counts;
  return { attempted, delivered, parked, broken, left };
}

const workerOf = (ports: DuePorts, beginsUntil: Instant) =>
  openWorker(ports, { endsAt: () => ports.deadline.at, beginsUntil: () => beginsUntil });

/** Looks at these documents and does what is due of them: deliveries, and the next step of sends. */
export async function workOn(ports: DuePorts, addresses: readonly Address[]): Promise<WorkResult> {
  const worker = workerOf(ports, ports.delivery.clock.now() + STREAM_BEGINS_MS);
  for (const address of addresses) worker.offer(address);
  await worker.idle();
  return resultOf(worker);
}

/** Does what the index says is due, until `until` or until nothing new shows up in it. */
export async function sweep(ports: DuePorts, until: Instant): Promise<WorkResult> {
  const worker = workerOf(ports, until);
  await worker.drain();
  return resultOf(worker);
}
