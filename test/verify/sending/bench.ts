import { providerNamed } from '../../../shared/providers/index.ts';
import { PER_CONVERSATION_PER_DAY, PER_DAY } from '../../../shared/sending/limits.ts';
import type { ForwardRequest, ReplyRequest } from '../../../shared/sending/mail.ts';
import type { SendingLimits, SendingPorts } from '../../../shared/sending/ports.ts';
import { runSend } from '../../../shared/sending/run.ts';
import type { StoredSend } from '../../../shared/sending/send.ts';
import { memoryStore } from '../../../shared/store/memory.ts';
import { NOW, type Sandboxed, sandboxed } from '../../providers/sandboxed.ts';

export const CONNECTION = 'acme';

/** One connection on its sandbox, a store, and a clock that stands still until it is moved. */
export interface SendBench {
  readonly ports: SendingPorts;
  readonly open: Sandboxed;
  /** The first thread, which the lead wrote in last. */
  readonly threadId: string;
  limits: SendingLimits;
  wait(ms: number): void;
  run(id: string): Promise<StoredSend>;
}

export async function sendBench(vendor: 'cohesive' | 'coldsend'): Promise<SendBench> {
  const provider = providerNamed(vendor);
  if (!provider) throw new Error(vendor);
  let now = NOW;
  const open = sandboxed(provider, () => now);
  const { threads } = await open.connection.threads.list({});
  let owners = 0;
  const bench: SendBench = {
    open,
    threadId: threads[0]?.id ?? '',
    limits: { off: false, perDay: PER_DAY, perConversationPerDay: PER_CONVERSATION_PER_DAY },
    ports: {
      store: memoryStore(),
      clock: { now: () => now },
      random: () => 0.5,
      log: { info: () => {}, warn: () => {} },
      get connections() {
        const { forwards } = open.connection;
        return [
          { id: CONNECTION, connection: open.connection, limits: bench.limits, ...(forwards ? { forwards } : {}) },
        ];
      },
      newOwner: () => {
        owners += 1;
        return `owner-${owners}`;
      },
      fetchFile: async () => ({ contentBase64: 'ZmV0Y2hlZA==' }),
    },
    wait: (ms) => {
      now += ms;
    },
    run: async (id) => {
      const send = await runSend(bench.ports, id);
      if (!send) throw new Error(`there is no send ${id}`);
      return send;
    },
  };
  return bench;
}

export const replyTo = (threadId: string, change: Partial<ReplyRequest> = {}): ReplyRequest => ({
  kind: 'reply',
  connection: CONNECTION,
  threadId,
  text: 'Happy to show you on Thursday at ten.',
  cc: [],
  bcc: [],
  attachments: [],
  by: 'api',
  ...change,
});

export const forwardOf = (threadId: string, change: Partial<ForwardRequest> = {}): ForwardRequest => ({
  kind: 'forward',
  connection: CONNECTION,
  threadId,
  to: ['deals@team.example'],
  cc: [],
  bcc: [],
  attachments: [],
  by: 'api',
  ...change,
});
