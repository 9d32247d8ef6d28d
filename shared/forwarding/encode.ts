import MailComposer from 'nodemailer/lib/mail-composer';
import type { Instant } from '../model.ts';
import type { OutgoingAttachment } from '../provider.ts';
import type { Composed } from './compose.ts';
import { filename } from './quote.ts';

export interface Headed {
  readonly from: string;
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly messageId: string;
  /** The id of the message that is forwarded, where it is one of mail. */
  readonly references?: string;
  readonly date: Instant;
}

const PLAIN_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,60}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,80}$/i;
/** Types that mail programs take for structure of the mail itself. */
const STRUCTURE = /^(multipart|message)\//i;

function contentType(given: string): string {
  const type = (given.split(';', 1)[0] ?? '').trim().toLowerCase();
  return PLAIN_TYPE.test(type) && !STRUCTURE.test(type) ? type : 'application/octet-stream';
}

/** Addresses as objects: as text they would be parsed, and what parses them is lenient. */
const addressed = (addresses: readonly string[]) => addresses.map((address) => ({ name: '', address }));

/** The mail in MIME. Bcc stays in the envelope. No Reply-To: see the decision in {@link composedForwarder}. */
export async function encodeMail(
  { from, to, cc, messageId, references, date }: Headed,
  { subject, text, html }: Composed,
  attachments: readonly OutgoingAttachment[],
): Promise<Uint8Array> {
  const composer = new MailComposer({
    from: { name: '', address: from },
    to: addressed(to),
    cc: addressed(cc),
    subject,
    messageId,
    ...(references === undefined ? {} : { references }),
    date: new Date(date),
    text,
    html,
    attachments: attachments.map((file) => ({
      filename: filename(file.filename),
      contentType: contentType(file.contentType),
      content: Buffer.from(file.contentBase64 ?? '', 'base64'),
      contentDisposition: 'attachment',
      contentTransferEncoding: 'base64',
    })),
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return await composer.compile().build();
}
