import { fork } from 'node:child_process';
import type { VendorReady, VendorWish } from './vendor-child.ts';

export interface VendorProcess extends VendorReady {
  latency(latencyMs: number): Promise<void>;
  stop(): void;
}

const HOUR = 3_600_000;

/** The sandbox in a process of its own, so that its work is not counted as ours. */
export async function startVendor(threadEveryMs = HOUR): Promise<VendorProcess> {
  const child = fork(new URL('./vendor-child.ts', import.meta.url), [String(threadEveryMs)]);
  const answer = <Value>() =>
    new Promise<Value>((resolve) => child.once('message', (value) => resolve(value as Value)));
  const ready = await answer<VendorReady>();
  return {
    ...ready,
    async latency(latencyMs) {
      const done = answer();
      child.send({ latencyMs } satisfies VendorWish);
      await done;
    },
    stop: () => void child.kill(),
  };
}
