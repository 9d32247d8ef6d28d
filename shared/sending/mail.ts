import type { Instant } from '../model.ts';
import { attachmentBytes, type OutgoingAttachment, type Takes } from '../provider.ts';
import { escapeHtml } from '../text/escape.ts';
import { showsNothing } from '../text/lines.ts';
import { cleanText } from '../text/plain.ts';
import { wholeText } from '../text/read.ts';
import type { SendingConnection } from './ports.ts';
import { checkRecipients, RECIPIENTS_MAX } from './recipients.ts';
import { SendRefusal } from './refusal.ts';
import type { Mail, SendFile } from './send.ts';

const BODY_CHARACTERS_MAX = 100_000;
const URL_CHARACTERS_MAX = 2_000;

interface Addressed {
  readonly connection: string;
  readonly threadId: string;
  readonly cc: readonly string[];
  readonly bcc: readonly string[];
  readonly attachments: readonly OutgoingAttachment[];
  /** The caller's name for this send: repeated, it names the same one. Derived from what is sent when absent. */
  readonly key?: string;
  /** Who asks: `api`, `cli`, `automation:SINK`. */
  readonly by: string;
  /** Held back for so long, so that it can be undone. */
  readonly undoMs?: number;
  /** The event and the sink whose step it is; nobody waits for it. */
  readonly machine?: { readonly event: string; readonly sink: string; readonly repliedAt: Instant };
}

export interface ReplyRequest extends Addressed {
  readonly kind: 'reply';
  /** At least one of the two; the other is derived. */
  readonly html?: string;
  readonly text?: string;
  readonly ifLatest?: string;
  /** The person who lets it pass an unsettled send, or the same words sent before. */
  readonly overrideBy?: string;
  /** Post only while nobody has answered this message. */
  readonly unlessAnswered?: { readonly message: string; readonly sentAt: number };
}

export interface ForwardRequest extends Addressed {
  readonly kind: 'forward';
  readonly to: readonly string[];
  readonly note?: string;
}

export type SendRequest = ReplyRequest | ForwardRequest;

function recipients(field: string, entries: readonly string[]): readonly string[] {
  const checked = checkRecipients(field, entries);
  if ('problem' in checked) throw new SendRefusal('invalid', checked.problem);
  return checked.addresses;
}

function people(request: SendRequest, takes: Takes, provider: string) {
  const to = request.kind === 'forward' ? recipients('to', request.to) : [];
  const cc = recipients('cc', request.cc);
  const bcc = recipients('bcc', request.bcc);
  if (request.kind === 'forward' && to.length === 0)
    throw new SendRefusal('invalid', 'A forward needs at least one address in "to".');
  if (to.length + cc.length + bcc.length > RECIPIENTS_MAX)
    throw new SendRefusal(
      'invalid',
      `A mail goes to at most ${RECIPIENTS_MAX} people; take some out of to, cc and bcc.`,
    );
  if (!takes.copies && cc.length + bcc.length > 0) {
    const detail = `${provider} sends a reply to the lead alone, without cc or bcc; leave them out, or forward the thread to the others.`;
    throw new SendRefusal('unsupported', detail);
  }
  return { to, cc, bcc };
}

const megabytes = (bytes: number) => `${Math.round(bytes / 1024 / 1024)} MB`;

/** Whole groups of four, padded: half a group stands for nothing. Linear in its length. */
function isBase64(text: string): boolean {
  const plain = text.replace(/\s+/g, '');
  return plain.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(plain);
}

/**
 * What ends a line, is no character at all, or turns the direction of what follows, so that `exe.pdf` can be read where
 * `fdp.exe` stands: names and types of files stand in headers, and before people.
 */
const NOT_IN_HEADERS = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

function checkNames(attachments: readonly OutgoingAttachment[]): void {
  const at = attachments.findIndex(
    ({ filename, contentType }) => NOT_IN_HEADERS.test(filename) || NOT_IN_HEADERS.test(contentType),
  );
  if (at < 0) return;
  const detail = `The name and type of attachment ${at + 1} must be one line of plain characters; rename it.`;
  throw new SendRefusal('invalid', detail);
}

function checkFiles(attachments: readonly OutgoingAttachment[], { attachments: takes }: Takes, provider: string): void {
  checkNames(attachments);
  for (const { filename, url, contentBase64 } of attachments) {
    const name = filename.slice(0, 80);
    if ((url === undefined) === (contentBase64 === undefined))
      throw new SendRefusal('invalid', `The attachment "${name}" needs either a url or its content.`);
    if (url !== undefined && (url.length > URL_CHARACTERS_MAX || !/^https?:\/\//i.test(url)))
      throw new SendRefusal(
        'invalid',
        `The address of the attachment "${name}" is not a web address; write it as https://host/file.`,
      );
    if (contentBase64 !== undefined && !isBase64(contentBase64))
      throw new SendRefusal('invalid', `The content of the attachment "${name}" is not base64.`);
  }
  if (takes.by === 'url') {
    const file = attachments.find(({ url }) => url === undefined);
    if (file === undefined) return;
    const detail = `${provider} takes attachments by web address only; put "${file.filename.slice(0, 80)}" somewhere public and give its address.`;
    throw new SendRefusal('unsupported', detail);
  }
  if (attachments.length > takes.countMax)
    throw new SendRefusal('invalid', `${provider} takes at most ${takes.countMax} attachments; leave some out.`);
  const bytes = attachments.reduce((sum, file) => sum + attachmentBytes(file), 0);
  if (bytes > takes.bytesMax)
    throw new SendRefusal(
      'invalid',
      `The attachments are larger than ${megabytes(takes.bytesMax)} together, which is all ${provider} takes.`,
    );
}

/** Paragraphs at empty lines, breaks at the others. */
export function htmlFromText(text: string): string {
  const paragraphs = escapeHtml(cleanText(text).trim()).split(/\n{2,}/);
  return paragraphs.map((paragraph) => `<p>${paragraph.replaceAll('\n', '<br>')}</p>`).join('');
}

function replyBody({ html, text }: ReplyRequest): { readonly html: string; readonly text: string } {
  const given = Math.max(html?.length ?? 0, text?.length ?? 0);
  if (given > BODY_CHARACTERS_MAX)
    throw new SendRefusal('invalid', `The reply is longer than ${BODY_CHARACTERS_MAX} characters; shorten it.`);
  const plain = text?.trim() ? cleanText(text) : html === undefined ? '' : wholeText({ html });
  if (showsNothing(plain)) throw new SendRefusal('invalid', 'The reply is empty; write something.');
  return { text: plain, html: html?.trim() ? html.toWellFormed() : htmlFromText(plain) };
}

/** A file without its content. */
const fileOf = ({ filename, contentType, url }: OutgoingAttachment): SendFile => ({
  filename,
  contentType,
  ...(url === undefined ? {} : { url }),
});

function takesOf({ id, connection, forwards }: SendingConnection, request: SendRequest): Takes {
  const { label } = connection.provider;
  if (request.kind === 'reply') return connection.replies.takes;
  if (!forwards) {
    const detail = `${label} has no forward of its own; add "forwarding" with your mail server ("smtp") and sender ("from") to the config, and Replybus forwards threads of ${id} through it.`;
    throw new SendRefusal('unsupported', detail);
  }
  if (request.note !== undefined && !forwards.takesNote)
    throw new SendRefusal(
      'unsupported',
      `${label} forwards the thread as it is, without a note on top; leave the note out.`,
    );
  return forwards.takes;
}

/** What is to be sent, checked against what the vendor takes. Throws `SendRefusal`. */
export async function mailOf(connection: SendingConnection, request: SendRequest): Promise<Mail> {
  const { label } = connection.connection.provider;
  const takes = takesOf(connection, request);
  const { to, cc, bcc } = people(request, takes, label);
  checkFiles(request.attachments, takes, label);
  const files = request.attachments.map(fileOf);
  if (request.kind === 'reply') return { kind: 'reply', ...replyBody(request), cc, bcc, files };
  const note = request.note?.trim() ? cleanText(request.note) : undefined;
  return { kind: 'forward', to, cc, bcc, files, ...(note === undefined ? {} : { note }) };
}
