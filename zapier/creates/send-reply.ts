import { UserError } from '../../shared/failure.ts';
import type { Provider } from '../../shared/provider.ts';
import { htmlFromText } from '../../shared/sending/mail.ts';
import { checkRecipients, RECIPIENTS_MAX } from '../../shared/sending/recipients.ts';
import type { ReplyMail } from '../../shared/sending/send.ts';
import { textFromHtml } from '../../shared/text/html.ts';
import { cleanText } from '../../shared/text/plain.ts';
import { outputFieldsOf, SENT, sampleOf } from '../catalogue.ts';
import { type Edge, openEdge } from '../edge.ts';
import { told } from '../errors.ts';
import { ATTACHMENTS, COPIES, MESSAGE, notice, THREAD, UNANSWERED } from '../fields.ts';
import { outgoingFiles } from '../files.ts';
import { flagOf, listOf, textOf, threadIdOf, urlsOf } from '../input.ts';
import type { Bundle, Create, Z } from '../platform.ts';
import { connectionField, sendThroughDeployment } from './deployed.ts';
import { POST_MS, type Sending, type Sent, sendOnce } from './sending.ts';
import { throttleFor } from './throttle.ts';

/** More than anybody writes, and what the vendors' mail servers take without a word. */
const WORDS_CHARACTERS_MAX = 100_000;
/** Kept back for reading the conversation, besides the post. */
export const READ_MS = 3_000;

export function addressesOf(field: string, entries: readonly string[]): readonly string[] {
  const checked = checkRecipients(field, entries);
  if ('problem' in checked) throw new UserError(checked.problem);
  return checked.addresses;
}

export function checkCount(...people: readonly (readonly string[])[]): void {
  if (people.flat().length > RECIPIENTS_MAX)
    throw new UserError(`A mail goes to at most ${RECIPIENTS_MAX} people; take some out of To, Cc and Bcc.`);
}

export async function wordsOf(bundle: Bundle): Promise<Pick<ReplyMail, 'html' | 'text'>> {
  const text = textOf(bundle, 'text');
  const html = textOf(bundle, 'html');
  if (Math.max(text?.length ?? 0, html?.length ?? 0) > WORDS_CHARACTERS_MAX)
    throw new UserError(`The reply is longer than ${WORDS_CHARACTERS_MAX} characters; shorten it.`);
  const plain = text ? cleanText(text) : html ? await textFromHtml(html, { history: true }) : '';
  if (plain.trim() === '') throw new UserError('The reply is empty; fill in "Text" or "HTML".');
  return { text: plain, html: html ? html.toWellFormed() : htmlFromText(plain) };
}

async function mailOf(bundle: Bundle, edge: Edge): Promise<ReplyMail> {
  const cc = addressesOf('Cc', listOf(bundle, 'cc'));
  const bcc = addressesOf('Bcc', listOf(bundle, 'bcc'));
  checkCount(cc, bcc);
  const { provider, connection } = edge;
  if (!connection.replies.takes.copies && cc.length + bcc.length > 0)
    throw new UserError(
      `${provider.label} sends a reply to the lead alone; leave Cc and Bcc empty, or forward the thread.`,
    );
  return { kind: 'reply', ...(await wordsOf(bundle)), cc, bcc, files: [] };
}

async function perform(z: Z, bundle: Bundle, providers: readonly Provider[]): Promise<Sent> {
  const edge = openEdge(z, bundle, providers, { operation: 'send_reply' });
  const threadId = threadIdOf(bundle);
  const mail = await mailOf(bundle, edge);
  const { html, text, cc, bcc } = mail;
  const { replies } = edge.connection;
  const fetching = { allowPrivate: edge.isTest, deadline: edge.deadline, keepMs: POST_MS + READ_MS };
  const files = await outgoingFiles(z, urlsOf(bundle, 'attachments'), replies.takes.attachments, fetching);
  const attachments = files.map(({ attachment }) => attachment);
  const messageId = textOf(bundle, 'message_id')?.trim();
  const sending: Sending = {
    threadId,
    mail,
    files,
    ...(messageId === undefined ? {} : { messageId }),
    onlyIfUnanswered: flagOf(bundle, UNANSWERED.key, 'Only If Nobody Has Answered Since') ?? false,
    isShown: true,
    prepare: () => replies.prepare({ threadId, html, text, cc, bcc, attachments }),
  };
  if (!edge.deployment) return await sendOnce(edge, sending);
  return await sendThroughDeployment(edge, edge.deployment, bundle, sending, { html, text, cc, bcc });
}

export function sendReply(providers: readonly Provider[]): Create {
  return {
    key: 'send_reply',
    noun: 'Reply',
    display: { label: 'Send Reply', description: 'Sends a reply in an existing thread.' },
    operation: {
      perform: told((z, bundle) => perform(z, bundle, providers)),
      inputFields: [
        THREAD,
        {
          key: 'text',
          label: 'Text',
          type: 'text',
          helpText: 'What you write. Leave it empty if you fill in HTML; one of the two is needed.',
        },
        { key: 'html', label: 'HTML', type: 'text', helpText: 'The same with formatting.' },
        ...repliesForm(providers),
        ATTACHMENTS,
        MESSAGE,
        UNANSWERED,
        connectionField(providers),
      ],
      outputFields: outputFieldsOf(SENT),
      sample: sampleOf(SENT),
      lock: { key: '{{bundle.inputData.thread_id}}', scope: ['auth'], timeout: 60 },
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
