import { Deliverer } from '../outbox/deliver.ts';
import { type Kind, Worker, type WorkerPorts } from '../outbox/worker.ts';
import type { SendingPorts } from '../sending/ports.ts';
import { runSend } from '../sending/run.ts';
import { CountingEvents } from '../stats/counting.ts';
import { isSendAddress, sendOfAddress } from '../store/keys.ts';
import type { Acting } from './acting.ts';

const SENDS = 'sends';
const SENDS_AT_ONCE = 8;
/** A mail server may take two minutes for one mail, and what comes before and after it needs its time too. */
export const SEND_TAKES_MS = 200_000;

/** The next step of each send that is due. */
export function sends(sending: SendingPorts): Kind {
  return {
    atOnce: (lane) => (lane === SENDS ? SENDS_AT_ONCE : undefined),
    job(hint) {
      if (!isSendAddress(hint)) return undefined;
      const send = sendOfAddress(hint);
      const run = async () => void (await runSend(sending, send));
      return { lane: SENDS, takesMs: SEND_TAKES_MS, failed: 'send.broken', fields: { send }, run };
    },
  };
}

/** Does whatever is due for this config: events, deliveries, sends. Counts what was recorded beside. */
export function openWorker(
  { delivery, sending }: Pick<Acting, 'delivery' | 'sending'>,
  ports?: Partial<WorkerPorts>,
): Worker {
  const { store, clock, log } = delivery;
  return new Worker({ store, clock, log, ...ports }, [
    new Deliverer(delivery),
    sends(sending),
    new CountingEvents({ store, clock }),
  ]);
}
