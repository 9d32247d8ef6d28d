import { type Sight, sightsIn } from './hidden-parts.ts';

/**
 * A lead's HTML made anew, element by element, in another document: only what is named here is made, so what nobody
 * thought of cannot come through. The document it goes into has a policy of its own that lets nothing run or load.
 */

const ELEMENTS: ReadonlySet<string> = new Set(
  `a abbr address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del details dfn div dl dt em
  figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark ol p pre q s samp section small span
  strike strong sub summary sup table tbody td tfoot th thead time tr tt u ul var wbr`.split(/\s+/),
);

/** Left out with everything in them; of all other unknown elements the content stays. */
const SILENT: ReadonlySet<string> = new Set(
  `script style head title meta link template noscript iframe frame frameset object embed applet audio video canvas svg math
  form input button select option optgroup textarea dialog base area map portal slot xml`.split(/\s+/),
);

const ATTRIBUTES: ReadonlySet<string> = new Set(
  `align alt border cellpadding cellspacing color colspan datetime dir face height lang rowspan size start title type valign
  width`.split(/\s+/),
);

/** How words look, never where they are put, so that nothing can lie over the page or hide in it. */
const STYLES = [
  'color',
  'background-color',
  'font-family',
  'font-size',
  'font-style',
  'font-weight',
  'line-height',
  'text-align',
  'text-decoration-line',
  'text-transform',
  'vertical-align',
  'white-space',
  'direction',
  'border-top',
  'border-right',
  'border-bottom',
  'border-left',
  'border-collapse',
  'padding-top',
  'padding-right',
  'padding-bottom',
  'padding-left',
  'margin-top',
  'margin-bottom',
  'margin-left',
  'list-style-type',
  'width',
  'max-width',
] as const;

/** More of it is cut: a mail is no program, and the page must stay quick. */
const NODES_MAX = 20_000;
const DEPTH_MAX = 200;

export interface SafeMail {
  /** Images that lie elsewhere and were left out. */
  readonly remoteImages: number;
  readonly cut: boolean;
}

interface Making {
  readonly target: Document;
  readonly images: boolean;
  readonly sightOf: (element: Element) => Sight;
  nodes: number;
  remoteImages: number;
}

const isWeb = (address: string) => /^https?:\/\//i.test(address.trim());
const isLink = (address: string) => /^(https?:\/\/|mailto:|tel:)/i.test(address.trim());

function copyStyle(from: Element, to: HTMLElement): void {
  if (!('style' in from) || !from.hasAttribute('style')) return;
  const { style } = from as HTMLElement;
  for (const name of STYLES) {
    const value = style.getPropertyValue(name);
    // A value can name an address to load.
    if (value !== '' && !/url|image|expression|\\|-moz|var\(/i.test(value)) to.style.setProperty(name, value);
  }
}

function link(from: Element, to: HTMLElement): void {
  const address = from.getAttribute('href') ?? '';
  if (!isLink(address)) return;
  to.setAttribute('href', address.trim());
  to.setAttribute('target', '_blank');
  to.setAttribute('rel', 'noopener noreferrer nofollow');
  to.setAttribute('title', address.trim());
}

function image(from: Element, to: HTMLElement, making: Making): HTMLElement | Text | undefined {
  const address = from.getAttribute('src') ?? '';
  const words = from.getAttribute('alt') ?? '';
  if (/^data:image\/(png|jpe?g|gif|webp);base64,/i.test(address)) {
    to.setAttribute('src', address);
    return to;
  }
  if (isWeb(address)) {
    const isPixel = ['width', 'height'].some((side) => /^[01](px)?$/.test(from.getAttribute(side) ?? ''));
    if (isPixel) return undefined;
    if (making.images) {
      to.setAttribute('src', address.trim());
      to.setAttribute('referrerpolicy', 'no-referrer');
      return to;
    }
    making.remoteImages += 1;
  }
  return words === '' ? undefined : making.target.createTextNode(words);
}

function element(from: Element, making: Making): HTMLElement | Text | undefined {
  const to = making.target.createElement(from.localName);
  for (const { name, value } of from.attributes) if (ATTRIBUTES.has(name)) to.setAttribute(name, value);
  copyStyle(from, to);
  if (from.localName === 'a') link(from, to);
  return from.localName === 'img' ? image(from, to, making) : to;
}

/** What a node becomes: something new, nothing, or just its content where it is. */
function madeOf(from: Element, into: Node, depth: number, making: Making): Node | undefined {
  const isHtml = from.namespaceURI === 'http://www.w3.org/1999/xhtml';
  if (!isHtml || SILENT.has(from.localName)) return undefined;
  if (!ELEMENTS.has(from.localName) || depth > DEPTH_MAX) return into;
  const made = element(from, making);
  if (made) into.appendChild(made);
  return made;
}

/** By its type: what was parsed belongs to another window than this script. */
const isElement = (node: Node): node is Element => node.nodeType === Node.ELEMENT_NODE;

function copy(from: Node, into: Node, depth: number, sight: Sight, making: Making): void {
  for (const child of from.childNodes) {
    if (making.nodes >= NODES_MAX) return;
    making.nodes += 1;
    if (child.nodeType === Node.TEXT_NODE) {
      if (sight === 'seen' || sight === 'visible')
        into.appendChild(making.target.createTextNode(child.textContent ?? ''));
    } else if (isElement(child)) {
      const own = making.sightOf(child);
      const isInvisible = own === 'invisible' || (sight === 'invisible' && own !== 'visible' && own !== 'hidden');
      if (own === 'hidden') continue;
      // What is not seen is not made; an element in it may be.
      const made = isInvisible && !SILENT.has(child.localName) ? into : madeOf(child, into, depth, making);
      if (made) copy(child, made, depth + 1, isInvisible ? 'invisible' : own, making);
    }
  }
}

/** Signs, not spaces of any width; a picture counts as well, also one that is loaded when the reader asks. */
const showsSomething = (root: Element, { remoteImages }: Making): boolean =>
  remoteImages > 0 || root.querySelector('img') !== null || /[\p{L}\p{N}\p{P}\p{S}]/u.test(root.textContent);

/** Fills `target`'s body with the mail. */
export function showMail(html: string, target: Document, images: boolean): SafeMail {
  // Parsed where nothing runs and nothing loads, under the policy of the mail's own document, which lets styles be read.
  const parsed = target.implementation.createHTMLDocument('');
  parsed.body.innerHTML = html;
  const make = (sightOf: Making['sightOf']) => {
    const making: Making = { target, images, sightOf, nodes: 0, remoteImages: 0 };
    const root = target.createElement('div');
    copy(parsed.body, root, 0, 'seen', making);
    return { making, root };
  };
  const seen = make(sightsIn(parsed));
  // A mail whose style hides everything hides nothing.
  const { making, root } = showsSomething(seen.root, seen.making) ? seen : make(() => 'seen');
  target.body.replaceChildren(root);
  return { remoteImages: making.remoteImages, cut: making.nodes >= NODES_MAX };
}
