import { UserError } from '../../shared/failure.ts';
import { htmlFromText } from '../../shared/sending/mail.ts';
import { checkRecipients, RECIPIENTS_MAX } from '../../shared/sending/recipients.ts';
import type { ForwardMail, ReplyMail } from '../../shared/sending/send.ts';
import { showsNothing } from '../../shared/text/lines.ts';
import { cleanText } from '../../shared/text/plain.ts';
import { wholeText } from '../../shared/text/read.ts';
import { MESSAGE, UNANSWERED } from '../fields.ts';
import { flagOf, listOf, textOf } from '../input.ts';
import type { Bundle } from '../platform.ts';

/** More than anybody writes, and what the vendors' mail servers take without a word. */
const WORDS_CHARACTERS_MAX = 100_000;

function addressesOf(field: string, entries: readonly string[]): readonly string[] {
  const checked = checkRecipients(field, entries);
  if ('problem' in checked) throw new UserError(checked.problem);
  return checked.addresses;
}

function checkCount(...people: readonly (readonly string[])[]): void {
  if (people.flat().length > RECIPIENTS_MAX)
    throw new UserError(`A mail goes to at most ${RECIPIENTS_MAX} people; take some out of To, Cc and Bcc.`);
}

/** Who gets a copy of a reply. */
export function copiesOf(bundle: Bundle): Pick<ReplyMail, 'cc' | 'bcc'> {
  const cc = addressesOf('Cc', listOf(bundle, 'cc'));
  const bcc = addressesOf('Bcc', listOf(bundle, 'bcc'));
  checkCount(cc, bcc);
  return { cc, bcc };
}

export function wordsOf(bundle: Bundle): Pick<ReplyMail, 'html' | 'text'> {
  const text = textOf(bundle, 'text');
  const html = textOf(bundle, 'html');
  if (Math.max(text?.length ?? 0, html?.length ?? 0) > WORDS_CHARACTERS_MAX)
    throw new UserError(`The reply is longer than ${WORDS_CHARACTERS_MAX} characters; shorten it.`);
  const plain = text ? cleanText(text) : html ? wholeText({ html }) : '';
  if (showsNothing(plain)) throw new UserError('The reply is empty; fill in "Text" or "HTML".');
  return { text: plain, html: html ? html.toWellFormed() : htmlFromText(plain) };
}

/** Who gets a forward, and the note on top of it. */
export function forwardOf(bundle: Bundle): Pick<ForwardMail, 'to' | 'cc' | 'bcc' | 'note'> {
  const to = addressesOf('To', listOf(bundle, 'to'));
  const cc = addressesOf('Cc', listOf(bundle, 'cc'));
  const bcc = addressesOf('Bcc', listOf(bundle, 'bcc'));
  checkCount(to, cc, bcc);
  if (to.length === 0) throw new UserError('The field "To" is empty; a forward needs at least one address.');
  const note = textOf(bundle, 'note');
  return { to, cc, bcc, ...(note === undefined ? {} : { note: cleanText(note) }) };
}

export const messageIdOf = (bundle: Bundle): string | undefined => textOf(bundle, MESSAGE.key)?.trim();

export const isOnlyIfUnanswered = (bundle: Bundle): boolean =>
  flagOf(bundle, UNANSWERED.key, 'Only If Nobody Has Answered Since') ?? false;
