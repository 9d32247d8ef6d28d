import { readSmtpUrl, type SmtpServer } from '../../adapters/node/smtp-url.ts';
import { UserError } from '../../shared/failure.ts';
import type { Forwarder, Provider } from '../../shared/provider.ts';
import type { ForwardMail } from '../../shared/sending/send.ts';
import { bareRecipient } from '../../shared/text/recipient.ts';
import { outputFieldsOf, SENT, sampleOf } from '../catalogue.ts';
import { type Edge, isOffered, openEdge } from '../edge.ts';
import { told } from '../errors.ts';
import { FORWARD_THREAD } from '../faces.ts';
import { ATTACHMENTS, COPIES, MESSAGE, notice, RECIPIENTS, THREAD } from '../fields.ts';
import { outgoingFiles } from '../files.ts';
import { textOf, threadIdOf, urlsOf } from '../input.ts';
import type { Bundle, Create, InputField, Z } from '../platform.ts';
import { connectionField, sendThroughDeployment } from './deployed.ts';
import { forwardOf, messageIdOf } from './mail-form.ts';
import type { Sending } from './mail-step.ts';
import { fetchingIn, type Sent, sendOnce } from './sending.ts';
import { ONE_AT_A_TIME, throttleFor } from './throttle.ts';

/** For each file of the lead's that goes along. */
const FETCH_MS = 5_000;

const needsMore = (label: string) =>
  `${label} cannot forward by itself. Add your mail server (SMTP URL) or your own Replybus (Deployment URL and Token) to the connection.`;

const NOTE: InputField = {
  key: 'note',
  label: 'Note',
  type: 'text',
  helpText: 'Your own words on top of the forwarded mail.',
};
const FROM: InputField = {
  key: 'from',
  label: 'From',
  type: 'string',
  helpText: 'The sender. Leave it empty if the user of your mail server is an address.',
};

/** The sender that was filled in, or the user of the mail server, where that is an address. */
function senderOf(bundle: Bundle, { credentials }: SmtpServer): string {
  const address = bareRecipient(textOf(bundle, 'from')?.trim() ?? credentials?.user ?? '');
  if (address === undefined) throw new UserError('Fill in "From" with the plain address the forward comes from.');
  return address;
}

/** The vendor's own forward, or one that we compose and send through the owner's mail server. */
async function forwarderOf(edge: Edge, bundle: Bundle): Promise<Forwarder> {
  const { connection, provider, smtpUrl, clock, deadline } = edge;
  if (connection.forwards) return connection.forwards;
  if (!smtpUrl) throw new UserError(needsMore(provider.label));
  const guard = { allowPrivate: edge.isTest };
  const reading = readSmtpUrl(smtpUrl, guard);
  if ('problem' in reading) throw new UserError(`The SMTP URL of this connection cannot be used. ${reading.problem}`);
  // The mail libraries are large, and hardly any call needs them.
  const { composedForwarder } = await import('../../shared/forwarding/forwarder.ts');
  const { smtpMailer } = await import('../../adapters/node/smtp.ts');
  const { fetchFile } = await import('../../adapters/node/fetch-file.ts');
  return composedForwarder({
    connection,
    from: senderOf(bundle, reading.server),
    // Made when it is used: its time counts from then.
    mailer: { send: (mail) => smtpMailer(smtpUrl, { ...guard, deadlineMs: deadline.leftMs() }).send(mail) },
    fetchFile: fetchFile({ ...guard, timeoutMs: FETCH_MS }),
    clock,
  });
}

async function perform(z: Z, bundle: Bundle, providers: readonly Provider[]): Promise<Sent> {
  const edge = openEdge(z, bundle, providers, { operation: 'forward_thread' });
  const written = forwardOf(bundle);
  const threadId = threadIdOf(bundle);
  const urls = urlsOf(bundle, 'attachments');
  const fetching = fetchingIn(edge);
  const messageId = messageIdOf(bundle);
  const mail: ForwardMail = { kind: 'forward', ...written, files: [] };
  const named = { threadId, mail, ...(messageId === undefined ? {} : { messageId }) };
  if (edge.deployment) {
    const takes = edge.connection.forwards?.takes ?? edge.connection.replies.takes;
    const files = await outgoingFiles(z, urls, takes.attachments, fetching);
    const sending = { ...named, files, isShown: false, prepare: notHere };
    return await sendThroughDeployment(edge, edge.deployment, bundle, sending, { ...written });
  }
  const forwarder = await forwarderOf(edge, bundle);
  if (written.note !== undefined && !forwarder.takesNote)
    throw new UserError(`${edge.provider.label} forwards a thread as it is; leave the note empty.`);
  const files = await outgoingFiles(z, urls, forwarder.takes.attachments, fetching);
  const attachments = files.map(({ attachment }) => attachment);
  const sending: Sending = {
    ...named,
    files,
    isShown: forwarder.shows === 'perhaps',
    prepare: () => forwarder.prepare({ threadId, ...written, attachments }),
  };
  return await sendOnce(edge, sending);
}

function notHere(): never {
  throw new Error('this mail is sent elsewhere');
}

/** What depends on the provider of the chosen connection and on what was added to it. */
async function form(z: Z, bundle: Bundle, providers: readonly Provider[]): Promise<readonly InputField[]> {
  const { connection, provider, deployment, smtpUrl } = openEdge(z, bundle, providers, { operation: 'forward_thread' });
  if (connection.forwards) return connection.forwards.takesNote ? [NOTE] : [];
  if (deployment) return [NOTE];
  return smtpUrl ? [NOTE, FROM] : [notice(`**This will not work yet.** ${needsMore(provider.label)}`)];
}

/** Undefined in the app of a vendor whose plain accounts cannot forward. */
export function forwardThread(providers: readonly Provider[]): Create | undefined {
  if (!isOffered(providers, 'forwards')) return undefined;
  return {
    ...FORWARD_THREAD,
    operation: {
      perform: told((z, bundle) => perform(z, bundle, providers)),
      inputFields: [
        THREAD,
        RECIPIENTS,
        ...COPIES,
        told((z, bundle) => form(z, bundle, providers)),
        ATTACHMENTS,
        MESSAGE,
        connectionField(providers),
      ],
      outputFields: outputFieldsOf(SENT),
      sample: sampleOf(SENT),
      ...ONE_AT_A_TIME,
      ...throttleFor(providers),
    },
  };
}
