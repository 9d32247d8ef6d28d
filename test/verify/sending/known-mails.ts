import type * as identityModule from '../../../shared/sending/identity.ts';
import type { ReplyMail } from '../../../shared/sending/send.ts';

/** Given with a link written out in the text, and as an anchor in the HTML, which alone goes to the vendor. */
const MAIL: ReplyMail = {
  kind: 'reply',
  text: 'Our prices stand here: https://ours.example/prices. Shall we talk on Thursday?',
  html: '<p>Our prices stand <a href="https://ours.example/prices">here</a>. Shall we talk on Thursday?</p>',
  cc: [],
  bcc: [],
  files: [],
};

/** What is said wrongly of mails whose end is known; '' of none. */
export async function misjudged({ likenessOf }: typeof identityModule): Promise<string> {
  const shown = {
    id: 'shown',
    direction: 'outbound' as const,
    from: { email: 'jane@ours.example' },
    to: [{ email: 'lead@acme.example' }],
    cc: [],
    bcc: [],
    sentAt: 0,
    html: MAIL.html,
    attachments: [],
    vendor: {},
  };
  const { kind } = await likenessOf({ mail: MAIL, words: 'html' }, shown, [shown]);
  return kind === 'same' ? '' : 'our own HTML is not recognised';
}
