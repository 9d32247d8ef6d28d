import { type ParsedMail, simpleParser } from 'mailparser';
import { smtpMailer } from '../../adapters/node/smtp.ts';
import { ProviderError } from '../../shared/failure.ts';
import type { FetchFile } from '../../shared/forwarding/attachments.ts';
import { composedForwarder } from '../../shared/forwarding/forwarder.ts';
import type { Message, Thread } from '../../shared/model.ts';
import type { Forwarder, Forwarding, Receipt, ThreadReader } from '../../shared/provider.ts';
import { mailServer, type Taken } from './mail-server.ts';

export const NOW = Date.UTC(2025, 5, 4, 12);
export const FROM = 'replies@acme.example';

export const THREAD: Thread = {
  id: 't1',
  key: 't1',
  campaign: null,
  lead: { email: 'lena@lead.example', name: 'Lena Lead' },
  box: 'reply',
  subject: 'Offer',
  interested: true,
  tags: [],
  lastActivityAt: NOW,
  vendor: {},
};

let count = 0;
export function message(fields: Partial<Message> = {}): Message {
  count += 1;
  return {
    id: `m${count}`,
    direction: 'inbound',
    from: { email: 'lena@lead.example', name: 'Lena Lead' },
    to: [{ email: 'sam@acme.example', name: 'Sam Sales' }],
    cc: [],
    bcc: [],
    subject: 'Re: Offer',
    text: 'Yes, please call me.',
    sentAt: Date.UTC(2025, 5, 3, 10),
    attachments: [],
    vendor: {},
    ...fields,
  };
}

export const noFile: FetchFile = async () => {
  throw new ProviderError(
    { kind: 'invalid', issues: ['there is no file'] },
    { provider: 'The server', operation: 'fetch' },
  );
};

export function threadsOf(messages: readonly Message[]): ThreadReader {
  const content = { messages, unreadable: [], campaign: null };
  return {
    list: async () => ({ threads: [], unreadable: [] }),
    read: async () => ({ thread: THREAD, content }),
    content: async () => content,
    keyOf: (id) => id,
  };
}

export const forwarding = (fields: Partial<Forwarding> = {}): Forwarding => ({
  threadId: 't1',
  to: ['deals@acme.example'],
  cc: [],
  bcc: [],
  attachments: [],
  ...fields,
});

export interface Arrived {
  readonly receipt: Receipt;
  readonly taken: readonly Taken[];
  readonly mail: ParsedMail;
  /** Names of all headers of the mail, in order. */
  readonly headers: readonly string[];
}

/** Sends a forward through a real mail server and reads back what came. */
export async function arrived(
  messages: readonly Message[],
  fields: Partial<Forwarding> = {},
  fetchFile: FetchFile = noFile,
): Promise<Arrived> {
  await using server = await mailServer();
  const forwarder = forwarderTo(server.url, messages, fetchFile);
  const receipt = await (await forwarder.prepare(forwarding(fields))).post();
  const mail = await simpleParser(server.taken[0]?.bytes ?? '');
  return { receipt, taken: server.taken, mail, headers: mail.headerLines.map(({ key }) => key) };
}

export function forwarderTo(url: string, messages: readonly Message[], fetchFile: FetchFile = noFile): Forwarder {
  return composedForwarder({
    connection: { provider: { id: 'acme', label: 'Acme' }, threads: threadsOf(messages) },
    from: FROM,
    mailer: smtpMailer(url, { allowPrivate: true, deadlineMs: 10_000 }),
    fetchFile,
    clock: { now: () => NOW },
  });
}
