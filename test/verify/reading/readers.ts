import { block, oneLine, shown } from '../../../cli/output.ts';
import type { ReplyData } from '../../../shared/events/event.ts';
import { filename } from '../../../shared/forwarding/quote.ts';
import { normalisedLabel } from '../../../shared/labels.ts';
import { conversationOf } from '../../../shared/providers/cohesive/thread-id.ts';
import { peopleOf, personOf } from '../../../shared/providers/mail-address.ts';
import { isMadeOf, leadsTo } from '../../../shared/sending/links.ts';
import { escaped } from '../../../shared/sinks/slack-message.ts';
import { fillIn, templateTrouble } from '../../../shared/sinks/template.ts';
import { decodeText } from '../../../shared/text/decode.ts';
import { decodeWords } from '../../../shared/text/encoded-words.ts';
import { escapeHtml } from '../../../shared/text/escape.ts';
import { cleanLine, cleanText } from '../../../shared/text/plain.ts';
import { trimQuoted } from '../../../shared/text/quotes.ts';
import { ownText, wholeText } from '../../../shared/text/read.ts';
import { bareRecipient } from '../../../shared/text/recipient.ts';
import { sanitiseHtml } from '../../../shared/text/sanitise.ts';

const nobody = { email: '', name: null };

function dataOf(text: string): ReplyData {
  const thread = { id: 't', intent: null, interested: false, starred: null, read: null, tags: [], preview: null };
  return {
    connection: 'c',
    provider: 'p',
    campaign: { id: null, name: text },
    lead: { email: text, name: text },
    thread: { ...thread, subject: text, lastActivityAt: '', messageCount: null },
    message: {
      id: 'm',
      isFirst: true,
      mailbox: null,
      from: nobody,
      to: [],
      cc: [],
      bcc: [],
      subject: text,
      preview: '',
      text: '',
      html: null,
      sentAt: '',
      attachments: [],
    },
    vendor: {},
  };
}

const TEMPLATE = '{{lead.firstName}} {{lead.name}} {{lead.email}} {{campaign.name}} {{thread.subject}}';

/** Everything that looks into a string which a stranger wrote, beside the composing of whole mails. */
export const READERS: Readonly<Record<string, (text: string) => unknown>> = {
  'an address': personOf,
  'a header of addresses': peopleOf,
  'an address behind a name': (text) => personOf(`${text} <a@a.example>`),
  'a recipient': bareRecipient,
  'encoded words': decodeWords,
  'one encoded word': (text) => decodeWords(`=?utf-8?q?${text}?=`),
  'a subject or preview': cleanLine,
  'a text': cleanText,
  'the name of a file': filename,
  'a file of words': (text) => decodeText(Buffer.from(text)),
  'the history below a text': trimQuoted,
  'a mail as text': (text) => ownText({ text, subject: text }),
  'a whole mail as HTML': (html) => wholeText({ html }),
  'HTML to be shown': (html) => sanitiseHtml(html),
  'words in HTML': escapeHtml,
  'words in Slack': (text) => escaped(text, 3_000),
  'a line of a terminal': shown,
  'a short line of a terminal': (text) => oneLine(text, 80),
  'lines of a terminal': (text) => block(text, '  '),
  'values in a template': (text) => fillIn(TEMPLATE, dataOf(text)),
  'a template': templateTrouble,
  'a word that a link was made of': (text) => isMadeOf(`${text}x`, 'https://b.example/'),
  'a link': (text) => leadsTo(`https://a.example/${text}`, 'https://b.example/'),
  'the id of a thread': conversationOf,
  'a label': normalisedLabel,
};

/** Again and again; what a stranger needs to make a careless expression go back and forth. */
export const PIECES: readonly string[] = [
  ...[' ', '\n', '\u00a0', '\u200b', '\u0301', '\ud83d\ude42', '<', '>', '(', '[<', '{{', '{{a', '"', "'", '\\"', 'a'],
  ...['<b><i>', '<a=">"', '<!--', '&', '&amp;', 'a ', 'a.', 'a@', 'a@b.cc ', '<a@b>', 'a@b,', '> ', '__', 'a:\n'],
  ...['=?', '=?utf-8?q?', '=?utf-8?q?a?= ', '=?utf-8?b?QQ?=', '?= =?', '=41', '%41', 'QUJD', '10:00 ', '://'],
];
