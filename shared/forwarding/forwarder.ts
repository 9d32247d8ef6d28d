import { createHash } from 'node:crypto';
import { type Failure, ProviderError } from '../failure.ts';
import type { Message } from '../model.ts';
import type { Clock } from '../ports.ts';
import {
  attachmentBytes,
  type Connection,
  type Forwarder,
  type Forwarding,
  type OutgoingAttachment,
  type Prepared,
  type Receipt,
} from '../provider.ts';
import { checkRecipients } from '../sending/recipients.ts';
import { bareRecipient } from '../text/recipient.ts';
import { type FetchFile, gather } from './attachments.ts';
import { compose } from './compose.ts';
import { encodeMail } from './encode.ts';
import { FILES_BYTES_MAX, FILES_MAX } from './limits.ts';
import type { EncodedMail, Mailer } from './mailer.ts';

export interface ComposedForwarding {
  readonly connection: Pick<Connection, 'provider' | 'threads'>;
  /** The sender, one bare address. */
  readonly from: string;
  readonly mailer: Mailer;
  readonly fetchFile: FetchFile;
  readonly clock: Pick<Clock, 'now'>;
}

/** A message id of mail, in angle brackets or not. */
const MAIL_ID = /^<?([A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,200}@[A-Za-z0-9.-]{1,200})>?$/;

type People = Pick<Forwarding, 'to' | 'cc' | 'bcc'>;

function fail(provider: string, failure: Failure): never {
  throw new ProviderError(failure, { provider, operation: 'forward' });
}

const refuse = (issue: string): never => fail('Your mail server', { kind: 'invalid', issues: [issue] });

function checked(field: keyof People, entries: readonly string[]): readonly string[] {
  const result = checkRecipients(field, entries);
  return 'problem' in result ? refuse(result.problem.replace(/\.$/, '')) : result.addresses;
}

/** Everybody once: who is in To is not in Cc as well. */
function peopleOf({ to, cc, bcc }: People): People {
  const taken = new Set<string>();
  const firstTime = (address: string) => {
    const mailbox = address.toLowerCase();
    if (taken.has(mailbox)) return false;
    taken.add(mailbox);
    return true;
  };
  const people = {
    to: checked('to', to).filter(firstTime),
    cc: checked('cc', cc).filter(firstTime),
    bcc: checked('bcc', bcc).filter(firstTime),
  };
  return people.to.length === 0 ? refuse('a forward needs at least one address in "to"') : people;
}

function checkFiles(attachments: readonly OutgoingAttachment[]): void {
  if (attachments.length > FILES_MAX) refuse(`a forward carries at most ${FILES_MAX} files; leave some out`);
  const bytes = attachments.reduce((sum, file) => sum + attachmentBytes(file), 0);
  if (bytes > FILES_BYTES_MAX)
    refuse(`the files are larger than ${FILES_BYTES_MAX / 1024 / 1024} MB together; leave some out`);
}

/** The message that is forwarded: what the lead wrote last. A thread without any answer is forwarded by its newest message. */
function chosen(messages: readonly Message[], provider: string): Message {
  const message = messages.findLast(({ direction }) => direction === 'inbound') ?? messages.at(-1);
  if (message) return message;
  return fail(provider, { kind: 'invalid', issues: ['this conversation holds no message that could be forwarded'] });
}

function mailIdOf({ id, vendor }: Message): string | undefined {
  for (const given of [id, vendor.message_id]) {
    const found = typeof given === 'string' ? MAIL_ID.exec(given)?.[1] : undefined;
    if (found !== undefined) return `<${found}>`;
  }
  return undefined;
}

/**
 * The same for the same mail, however often it is prepared: a mailbox that got it already shows it once when a person sends
 * it again. Bcc is no part of it, for whoever got the mail could find out by trying.
 */
function messageIdOf(threadKey: string, from: string, message: Message, { to, cc }: People, forwarding: Forwarding) {
  const files = forwarding.attachments.map(({ filename, contentBase64 }) => [filename, contentBase64]);
  const parts = [threadKey, message.id, from, to, cc, forwarding.note ?? '', files];
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 40);
  return `<${digest}@${from.slice(from.lastIndexOf('@') + 1)}>`;
}

async function preparedMail(options: ComposedForwarding, from: string, forwarding: Forwarding) {
  const people = peopleOf(forwarding);
  checkFiles(forwarding.attachments);
  const { thread, content } = await options.connection.threads.read(forwarding.threadId);
  const message = chosen(content.messages, options.connection.provider.label);
  const { attachments, leftOut } = await gather(forwarding.attachments, message.attachments, options);
  const { note } = forwarding;
  const composed = await compose({
    message,
    others: content.messages.filter((other) => other !== message).toReversed(),
    subject: thread.subject ?? '',
    leftOut,
    ...(note === undefined ? {} : { note }),
  });
  const messageId = messageIdOf(thread.key, from, message, people, forwarding);
  const references = mailIdOf(message);
  const headed = { from, to: people.to, cc: people.cc, messageId, date: options.clock.now() };
  const bytes = await encodeMail(
    { ...headed, ...(references === undefined ? {} : { references }) },
    composed,
    attachments,
  );
  const mail: EncodedMail = { from, recipients: [...people.to, ...people.cc, ...people.bcc], bytes };
  return { mail, messageId };
}

/**
 * Forwards a thread in a mail of our own, for vendors that have no forward. It comes from the configured sender, without a
 * Reply-To: a lead's address there would send a colleague's internal answer, with the note quoted below it, to the lead, and
 * whoever writes to us could choose where such answers go. The HTML holds a link that writes to the lead instead.
 */
export function composedForwarder(options: ComposedForwarding): Forwarder {
  return {
    takes: { copies: true, attachments: { by: 'content', countMax: FILES_MAX, bytesMax: FILES_BYTES_MAX } },
    takesNote: true,
    shows: 'never',
    async prepare(forwarding: Forwarding): Promise<Prepared> {
      const from =
        bareRecipient(options.from) ?? refuse('the sender ("from") in the config is no plain e-mail address');
      const { mail, messageId } = await preparedMail(options, from, forwarding);
      const receiptOf = (refused: readonly string[]): Receipt =>
        refused.length === 0 ? { messageId } : { messageId, refusedRecipients: refused };
      return { post: () => options.mailer.send(mail).then(({ refused }) => receiptOf(refused)) };
    },
  };
}
