import { sightOf } from './hiding.ts';
import type { Attributes } from './markup.ts';
import { type Style, type Stylesheet, styleOf } from './styles.ts';

/** Elements without an end. */
export const VOID: ReadonlySet<string> = new Set(
  'area base br col embed hr img input link meta param source track wbr'.split(' '),
);

/** What an element of HTML mail does to the lines in it. */
export interface Role {
  /** Lines it breaks around itself: 1 a new line, 2 a blank line between. */
  readonly breaks: 0 | 1 | 2;
  readonly hidden?: true;
  /** The words right in it are not seen. */
  readonly wordless?: true;
  /** Nothing in it is seen but what is visible again. */
  readonly invisible?: true;
  readonly visible?: true;
  /** A quote for sure. */
  readonly quote?: true;
  /** A quote or an indent. */
  readonly indented?: true;
  /** An indent to look at: without a bar beside it. */
  readonly unmarked?: true;
  /** Holds the history alone. */
  readonly history?: true;
  readonly attribution?: true;
  /** Holds an attribution, then a quote, and what is written between and below. */
  readonly container?: true;
  readonly frame?: true;
}

const ONE: ReadonlySet<string> = new Set(
  `address article aside body caption center dd details dialog div dt fieldset figcaption figure footer form header hgroup
  html legend li main menu nav option search section summary table tbody tfoot thead tr`.split(/\s+/),
);
const TWO: ReadonlySet<string> = new Set('p h1 h2 h3 h4 h5 h6 ul ol dl pre blockquote'.split(' '));

export const isBlock = (name: string): boolean => ONE.has(name) || TWO.has(name);

const breaksOf = (name: string): 0 | 1 | 2 => (TWO.has(name) ? 2 : ONE.has(name) ? 1 : 0);

/** Mail programs put marks of their own before names they meet: Outlook `x_`, Hotmail `ecx`, Gmail `m_123`, Yahoo `yiv123`. */
const PREFIX = /^(?:x_|ecx|yiv\d+_?|ydp[0-9a-f]+_?|m_-?\d+)+/;

/** Classes, ids and names within which a mail program puts nothing but the mail that is answered. */
const HISTORY: ReadonlySet<string> = new Set([
  'yahoo_quoted', // Yahoo Mail
  'aolmail_quote', // AOL
  'zmail_extra', // Zoho Mail
  'blockquote_zmail', // Zoho Mail
  'protonmail_quote', // Proton Mail
  'tutanota_quote', // Tuta
  'messagereplysection', // Spark
  'mail-editor-reference-message-container', // the new Outlook and Outlook for phones
  'ms-outlook-mobile-reference-message', // Outlook for phones
  'olk_src_body_section', // Outlook for Mac
  'missive_quote', // Missive
  'front-blockquote', // Front
  'hs_reply', // HubSpot
  'hubspot-quote', // HubSpot
  'rainloop_quote', // RainLoop
  'mailbird_quote',
  'ntes_quote', // NetEase
  'isreplycontent', // NetEase
  'reply139content', // 139 Mail
  'origbody', // Sina
  'skiff_quote', // Skiff
  'iosymail', // Yahoo on iOS
  'quoted-text-content', // Samsung
  'cafemail_quote',
  'history_container', // Zimbra
  'superhuman-quote', // Superhuman
  'bloop_original_html', // Airmail
]);
const HISTORY_FORM = /^(?:yahoo_quoted_\d+|isforwardcontent-?\d*|mail_quote_\w+|divzimbrareplytext)$/;

/** Where a mail program says whom it quotes, in whatever language. */
const ATTRIBUTION: ReadonlySet<string> = new Set([
  'gmail_attr', // Gmail
  'moz-cite-prefix', // Thunderbird
  'divrplyfwdmsg', // Outlook on the web, Outlook for phones
  'reply-intro', // Roundcube
  'airmail_on', // Airmail
  'mb_wrote', // Mailbox
]);

/** A quote in a frame of its own, whose words around may be the answer. */
const CONTAINER: ReadonlySet<string> = new Set([
  'gmail_quote',
  'gmail_quote_container',
  'nylas-quote',
  'ik_mail_quote',
]);

function namesOf(attributes: Attributes): readonly string[] {
  const written = `${attributes.get('class') ?? ''} ${attributes.get('id') ?? ''} ${attributes.get('name') ?? ''}`;
  if (written === '  ' || written.length > 1_000) return [];
  return written
    .toLowerCase()
    .split(/\s+/)
    .map((name) => name.replace(PREFIX, ''));
}

/** Most styles say nothing of it, which is far quicker to see. */
const MAY_FRAME = /border-top/i;

/** Mail programs draw a bar beside what they quote; an indent has none. */
function isBarred(style: Style): boolean {
  const left = style.get('border-left') ?? style.get('border-left-width') ?? style.get('border-left-style');
  return left !== undefined && !/\bnone\b|^0(?:px|pt)?(?:\s|$)/.test(left);
}

const isIndent = (style: Style): boolean =>
  /^(?:none|0)/.test(style.get('border') ?? '') || (style.has('margin-left') && !isBarred(style) && style.size <= 4);

/** Outlook's frame around its headers: a line above and nothing else. */
function isFrame(written: string): boolean {
  if (!MAY_FRAME.test(written)) return false;
  const style = styleOf(written);
  return /\bsolid\b/.test(style.get('border-top') ?? '') && !style.has('background');
}

const isHistory = (name: string): boolean => HISTORY.has(name) || HISTORY_FORM.test(name);

function blockquoteRole(attributes: Attributes, names: readonly string[], style: string): Role {
  const isCited =
    attributes.get('type')?.toLowerCase() === 'cite' || /^(?:mid|cid):/i.test(attributes.get('cite') ?? '');
  if (names.some(isHistory)) return { breaks: 2, quote: true, history: true };
  if (isCited) return { breaks: 2, quote: true };
  return { breaks: 2, indented: true, ...(isIndent(styleOf(style)) && { unmarked: true }) };
}

/** The part of an element that is seen. */
function partOf(name: string, attributes: Attributes): Role {
  const breaks = breaksOf(name);
  const style = attributes.get('style') ?? '';
  const names = namesOf(attributes);
  if (name === 'blockquote') return blockquoteRole(attributes, names, style);
  if (names.some((each) => ATTRIBUTION.has(each))) return { breaks, attribution: true };
  if (names.some(isHistory)) return { breaks, history: true };
  // GMX, WEB.DE and mail.com.
  if (attributes.get('name') === 'quote' && isBarred(styleOf(style))) return { breaks, history: true };
  if (names.some((each) => CONTAINER.has(each)) && name === 'div') return { breaks, container: true };
  return isBlock(name) && isFrame(style) ? { breaks, frame: true } : { breaks };
}

/** The element's part in a mail that has this style sheet. */
export function roleOf(name: string, attributes: Attributes, sheet: Stylesheet): Role {
  if (attributes.size === 0) return { breaks: breaksOf(name), ...(name === 'blockquote' && { indented: true }) };
  const seeing = {
    hidden: attributes.get('hidden'),
    style: attributes.get('style'),
    class: attributes.get('class'),
    id: attributes.get('id'),
  };
  const sight = sightOf(name, seeing, sheet);
  if (sight === 'hidden') return { breaks: breaksOf(name), hidden: true };
  const part = partOf(name, attributes);
  return sight === 'seen' ? part : { ...part, [sight]: true };
}
