import type { Attributes } from './markup.ts';

/** Longer addresses are those of trackers, which a reader of text is better off without. */
const LINK_CHARACTERS_MAX = 500;
const ALT_CHARACTERS_MAX = 40;

/** Word writes faces and arrows as letters of a symbol font; its other signs have no letter of their own. */
const WINGDINGS: Readonly<Record<string, string>> = {
  J: '☺',
  K: '😐',
  L: '☹',
  à: '→',
  ß: '←',
  ü: '✓',
  û: '✗',
  '§': '▪',
};

export const fromSymbolFont = (text: string): string =>
  [...text].map((char) => WINGDINGS[char] ?? (/\s/.test(char) ? char : '')).join('');

const SYMBOL_FONT = /wingdings|webdings/i;
const FONT = /font(?:-family)?\s{0,9}:[^;]{0,200}/i;

export const isSymbolFont = (attributes: Attributes): boolean =>
  SYMBOL_FONT.test(attributes.get('face') ?? '') ||
  SYMBOL_FONT.test(FONT.exec(attributes.get('style') ?? '')?.[0] ?? '');

/** Nothing but pictures of faces and things. */
const EMOJI = /^(?:\p{RGI_Emoji}|\p{Extended_Pictographic}|[\s\u200d\ufe0f]|:[a-z_0-9]{1,30}:|[:;]-?[\)\(DPp])+$/v;

/** Nothing that shows a face begins so, which is far quicker to see. */
const BEGINS_WITH_LETTER = /^[a-z]/i;

/** In the tag of any image that shows a face, and of few others: a word for it, or an `alt` that begins with no letter. */
const MAY_SHOW_FACE = /moji|&#|alt\s*=\s*(?:["']\s*)?[^a-z"'\s]/i;

/** Cheap to see, and false for most images. */
export const mayShowFace = (written: string): boolean => MAY_SHOW_FACE.test(written);

/** What of an image a reader sees as text: an emoji that is sent as one. */
export function imageText(attributes: Attributes): string {
  const words = attributes.get('alt')?.trim() ?? '';
  if (words === '' || words.length > ALT_CHARACTERS_MAX) return '';
  const isMarked =
    attributes.has('goomoji') || attributes.has('data-goomoji') || /\bemoji\b/i.test(attributes.get('class') ?? '');
  return isMarked || (!BEGINS_WITH_LETTER.test(words) && EMOJI.test(words)) ? words : '';
}

const plainAddress = (text: string) =>
  text
    .trim()
    .toLowerCase()
    .replace(/^(?:https?:\/\/(?:www\.)?|mailto:|tel:|www\.)/, '')
    .replace(/\/$/, '');

const CALLED = /^(?:tel|sms|callto):\s{0,9}([+\d][\d ().-]{2,30})/i;
/** Words with as many digits are a number themselves, however it is written. */
const NUMBER = /(?:\d\D{0,3}){5}/;

/** What of a link's address a reader would miss: none where the words say it. */
export function addressBeside(words: string, href: string): string {
  const address = href.trim();
  const called = words.trim() === '' ? undefined : CALLED.exec(address)?.[1]?.trim();
  if (called !== undefined) return NUMBER.test(words) ? '' : ` (${called})`;
  if (words.trim() === '' || !/^(?:https?:|mailto:)/i.test(address)) return '';
  const shown = /^mailto:/i.test(address) ? address.slice(7).split('?', 1)[0]?.trim() : address;
  if (!shown || shown.length > LINK_CHARACTERS_MAX || /[\s<>]/.test(shown)) return '';
  return plainAddress(words).includes(plainAddress(shown)) ? '' : ` (${shown})`;
}
