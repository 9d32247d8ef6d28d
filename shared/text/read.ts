import type { Extent } from './extent.ts';
import { ownLines } from './history.ts';
import { htmlLines } from './html-lines.ts';
import { isBlank, type Line, plainLines, textOf } from './lines.ts';
import { cleanText } from './plain.ts';

/** A mail as its vendor gave it. */
export interface MailBody {
  readonly text?: string;
  readonly html?: string;
  readonly subject?: string;
}

/** How mail programs begin the subject of a forward. Source: Outlook, Gmail, Thunderbird in their languages. */
const FORWARD_PREFIXES =
  `fw | fwd | wg | tr | rv | i | enc | pd | vb | vl | vid | doorst | videresend | redir | redir. | redirecționat | i̇lt | ilt |
  tov | továbbítás | fs | trs | yml | proslijeđeno | prosleđeno | posredovano | posr | přeposláno | preposlané | πρθ | προώθ | הועבר | העברה |
  إعادة توجيه | пересл | перенапр | препратено | прослеђено | chuyển tiếp | ส่งต่อ | 转发 | 轉寄 | 轉發 | 전달 | 転送`
    .split('|')
    .map((prefix) => prefix.trim().replace('.', '\\.'));
const PASSED_ON = new RegExp(`^\\s{0,9}\\[?(?:${FORWARD_PREFIXES.join('|')})\\s{0,3}[:：]`, 'iu');

/** The vendor's own text where it gives one that shows anything, else the text of its HTML. */
function linesOf({ text, html }: MailBody, extent?: Extent): readonly Line[] {
  const plain = plainLines(cleanText(text ?? ''));
  if (html === undefined || !plain.every(isBlank)) return plain;
  const clean = cleanText(html);
  // What was taken away is no longer counted.
  return htmlLines(clean, clean === html ? extent : undefined);
}

/** What the person wrote, without the history below it. Where it is read from HTML as it stands, the extent of that is counted. */
export const ownText = (mail: MailBody, extent?: Extent): string =>
  textOf(ownLines(linesOf(mail, extent), { passedOn: PASSED_ON.test(mail.subject ?? '') }));

/** All that a reader of the mail sees. */
export const wholeText = (mail: MailBody): string => textOf(linesOf(mail));
