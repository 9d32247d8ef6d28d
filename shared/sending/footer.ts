import type { Person } from '../model.ts';
import { trimQuoted } from '../text/quotes.ts';
import type { Word } from './written.ts';

/** Lines a signature has at the most, and characters of one. */
const LINES_MAX = 14;
const LINE_CHARACTERS_MAX = 120;
const LEGAL_CHARACTERS_MAX = 2_000;

interface Line {
  readonly text: string;
  readonly quoted: boolean;
  readonly signed: boolean;
}

function linesOf(words: readonly Word[]): readonly Line[] {
  const lines: Line[] = [];
  for (const { text, startsLine, quoted, signed } of words) {
    const last = lines.at(-1);
    if (!last || startsLine) lines.push({ text, quoted, signed });
    else lines[lines.length - 1] = { ...last, text: `${last.text} ${text}` };
  }
  return lines;
}

const DELIMITER = /^(?:-{2,3}|[—–]|_{2,}|\*{3,}|={3,})$/;
const CLOSING =
  /^(?:(?:with )?(?:best|kind(?:est)?|warm(?:est)?|many)?\s?(?:regards|wishes)|best|cheers|sincerely(?: yours)?|yours(?: sincerely| faithfully| truly)?|(?:many )?thanks|thank you|mit (?:freundlichen|besten|herzlichen) grüßen|(?:viele|beste|liebe|herzliche) grüße|gruß|mfg|lg|vg|(?:bien )?cordialement|bien à vous|(?:un )?saludos?(?: cordial(?:es)?)?|atentamente|atenciosamente|abraços|cordiali saluti|(?:met )?vriendelijke groet(?:en)?|groet(?:en)?|(?:med )?vänliga hälsningar|(?:med )?venlig hilsen|hilsen|pozdrawiam|z poważaniem|с уважением|saygılarımla|よろしくお願いします|此致|祝好)[,.!]?$/iu;
/** What bulk mailers must offer, and what mail programs say of themselves. */
const BOILERPLATE =
  /\b(?:unsubscribe|opt[ -]?out|manage (?:your )?preferences|abmelden|abbestellen|se désabonner|désinscri\w+|cancelar (?:la )?suscripci[oó]n|darse de baja|disiscriv\w+|afmelden|uitschrijven|avregistrera|avmeld\w*|wypisz|отписаться)(?:$|[^\p{L}])|^(?:sent (?:from|with|via|by)|gesendet (?:von|mit)|envoyé (?:de|depuis)|enviado (?:desde|do)|inviato da|verzonden (?:met|vanaf)|get outlook for|powered by)\s|退订|配信停止|©|\(c\) \d{4}/iu;
const LEGAL = /\b(?:confidential|intended (?:only|solely)|vertraulich|confidentiel|disclaimer)\b/i;
const CONTACT =
  /^(?:(?:tel|phone|mobile|mob|fon|telefon|fax|web|mail|e-?mail|[tmpwe])\s?[.:|]\s*)?(?:\+?\d[\d\s()./-]{6,}\d|\S+@\S+\.\S+|(?:https?:\/\/|www\.)\S+)$/i;
const POSTSCRIPT = /^(?:p\.?\s?p?\.?\s?s\.?|n\.?b\.?|postscript)(?:[\s:.]|$)/i;
const SENTENCE_END = /[.!?…。！？]["'”’)]*$/u;
const ABBREVIATION = /\b(?:inc|ltd|llc|co|corp|s\.a|s\.l|b\.v|e\.v|dr|prof|jr|sr)\.$/i;

/** The sender by name, whole or the first of it, alone or before what parts it from a company. */
function namesSender(line: string, { name, email }: Person): boolean {
  const called = [name, name?.split(/\s+/)[0], email.split('@')[0]?.replace(/[._-]+/g, ' ')];
  const plain = line.toLowerCase();
  return called.some((one) => {
    const lower = one?.trim().toLowerCase();
    if (!lower || lower.length < 2 || !plain.startsWith(lower)) return false;
    return /^(?:$|\s*[,|–—/·•(]|\s-\s)/.test(plain.slice(lower.length));
  });
}

const isSentence = (line: string) => SENTENCE_END.test(line) && !ABBREVIATION.test(line);

/** What can only be a footer, wherever it stands. */
function isTelling({ text, signed }: Line, from: Person): boolean {
  if (signed) return true;
  if (text.length > LINE_CHARACTERS_MAX) return LEGAL.test(text) && text.length <= LEGAL_CHARACTERS_MAX;
  if (POSTSCRIPT.test(text)) return false;
  return BOILERPLATE.test(text) || CLOSING.test(text) || CONTACT.test(text) || namesSender(text, from);
}

/** What may stand in a signature once it has begun: a role, a company, a street. */
const mayFollow = ({ text }: Line) => text.length <= LINE_CHARACTERS_MAX && !isSentence(text) && !POSTSCRIPT.test(text);

/** Lines that open history or name the people of what is quoted. */
const HEADER = /^\*?\p{L}[\p{L} -]{0,18}\s?:\*?(?:\s|$)|:$|^[-_=]{2,}/u;

/** What mail programs put below an answer is marked as quoted, or stands elsewhere in the conversation. */
const isHistory = ({ text, quoted }: Line, known: string) =>
  quoted || text.startsWith('>') || HEADER.test(text) || known.includes(` ${text} `);

/** The lines above the history; undefined where somebody wrote between or below the quotes. */
function aboveHistory(lines: readonly Line[], known: string): readonly Line[] | undefined {
  const marked = lines.map(({ text, quoted }) => (quoted && !text.startsWith('>') ? `> ${text}` : text));
  // Its first line must not be empty, or all of it would be kept.
  const kept = trimQuoted(['.', ...marked].join('\n'))
    .split('\n')
    .slice(1);
  if (kept.some((line, at) => line !== marked[at])) return undefined;
  const above = lines.slice(0, kept.length);
  const isClean =
    above.every(({ quoted }) => !quoted) && lines.slice(kept.length).every((line) => isHistory(line, known));
  return isClean ? above : undefined;
}

/**
 * Whether these words, which stand below a mail's own, are what vendors and mail programs put there: a signature, a footer, a
 * link to unsubscribe, the history. In doubt they are not: then a person is asked. `known`: the words of the other messages.
 */
export function isFooter(words: readonly Word[], from: Person, known: string): boolean {
  const lines = aboveHistory(linesOf(words), known);
  if (!lines || lines.length > LINES_MAX) return false;
  let begun = false;
  for (const [index, line] of lines.entries()) {
    if (DELIMITER.test(line.text)) return lines.slice(index).every(({ text }) => !POSTSCRIPT.test(text));
    if (isTelling(line, from)) begun = true;
    else if (!begun || !mayFollow(line)) return false;
  }
  return true;
}
