import { UserError } from '../../shared/failure.ts';
import type { Provider } from '../../shared/provider.ts';
import type { ReplyMail } from '../../shared/sending/send.ts';
import { outputFieldsOf, SENT, sampleOf } from '../catalogue.ts';
import { type Edge, openEdge } from '../edge.ts';
import { told } from '../errors.ts';
import { SEND_REPLY } from '../faces.ts';
import { ATTACHMENTS, COPIES, HTML, MESSAGE, notice, TEXT, THREAD, UNANSWERED } from '../fields.ts';
import { outgoingFiles } from '../files.ts';
import { threadIdOf, urlsOf } from '../input.ts';
import type { Bundle, Create, Z } from '../platform.ts';
import { connectionField, sendThroughDeployment } from './deployed.ts';
import { copiesOf, isOnlyIfUnanswered, messageIdOf, wordsOf } from './mail-form.ts';
import type { Sending } from './mail-step.ts';
import { fetchingIn, type Sent, sendOnce } from './sending.ts';
import { ONE_AT_A_TIME, throttleFor } from './throttle.ts';

async function mailOf(bundle: Bundle, edge: Edge): Promise<ReplyMail> {
  const { cc, bcc } = copiesOf(bundle);
  const { provider, connection } = edge;
  if (!connection.replies.takes.copies && cc.length + bcc.length > 0)
    throw new UserError(
      `${provider.label} sends a reply to the lead alone; leave Cc and Bcc empty, or forward the thread.`,
    );
  return { kind: 'reply', ...wordsOf(bundle), cc, bcc, files: [] };
}

async function perform(z: Z, bundle: Bundle, providers: readonly Provider[]): Promise<Sent> {
  const edge = openEdge(z, bundle, providers, { operation: 'send_reply' });
  const threadId = threadIdOf(bundle);
  const mail = await mailOf(bundle, edge);
  const { html, text, cc, bcc } = mail;
  const { replies } = edge.connection;
  const files = await outgoingFiles(z, urlsOf(bundle, 'attachments'), replies.takes.attachments, fetchingIn(edge));
  const attachments = files.map(({ attachment }) => attachment);
  const messageId = messageIdOf(bundle);
  const sending: Sending = {
    threadId,
    mail,
    files,
    ...(messageId === undefined ? {} : { messageId }),
    onlyIfUnanswered: isOnlyIfUnanswered(bundle),
    isShown: true,
    prepare: () => replies.prepare({ threadId, html, text, cc, bcc, attachments }),
  };
  if (!edge.deployment) return await sendOnce(edge, sending);
  return await sendThroughDeployment(edge, edge.deployment, bundle, sending, { html, text, cc, bcc });
}

export function sendReply(providers: readonly Provider[]): Create {
  return {
    ...SEND_REPLY,
    operation: {
      perform: told((z, bundle) => perform(z, bundle, providers)),
      inputFields: [
        THREAD,
        TEXT,
        HTML,
        ...repliesForm(providers),
        ATTACHMENTS,
        MESSAGE,
        UNANSWERED,
        connectionField(providers),
      ],
      outputFields: outputFieldsOf(SENT),
      sample: sampleOf(SENT),
      ...ONE_AT_A_TIME,
      ...throttleFor(providers),
    },
  };
}

/** What depends on the provider of the chosen connection. */
function repliesForm(providers: readonly Provider[]) {
  return [
    told(async (z: Z, bundle: Bundle) => {
      const { replies } = openEdge(z, bundle, providers, { operation: 'send_reply' }).connection;
      const copies = replies.takes.copies ? COPIES : [];
      return replies.sideEffect ? [notice(`**Note:** ${replies.sideEffect}`), ...copies] : copies;
    }),
  ];
}
