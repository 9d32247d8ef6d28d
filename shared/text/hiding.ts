import { declaredFor, rulesOf, type Style, type Stylesheet, styleOf, stylesheetOf } from './styles.ts';

/**
 * How an element is seen. `wordless`: the words right in it are not, those of elements in it may be. `invisible`: nothing in it is but
 * what an element in it makes `visible` again.
 */
export type Sight = 'seen' | 'wordless' | 'hidden' | 'invisible' | 'visible';

/** Most styles say nothing of these, which is far quicker to see. */
const MAY_HIDE =
  /(?:display|visibility|mso-hide)\s{0,9}:\s{0,9}[nhcav]|overflow|opacity|font-size\s{0,9}:\s{0,9}[.0]|text-indent\s{0,9}:\s{0,9}-|position\s{0,9}:\s{0,9}[af]/i;
/** What hides, and what takes back that another rule hides. */
const KINDS = /display|visibility|mso-hide|overflow|opacity|font-size\s{0,9}:\s{0,9}[.0]|text-indent|position/i;

/** Of the mail's own rules; empty where none of them may hide something. */
export function hidingSheet(html: string): Stylesheet {
  const rules = rulesOf(html, KINDS);
  return stylesheetOf(rules.some(({ declared }) => MAY_HIDE.test(declared)) ? rules : []);
}

const NOTHING = /^(?:0+(?:\.0*)?|\.0+)(?:px|pt|em|rem|%)?(?:\s|!|$)/;
const FAR_OUTSIDE = /^-\d{4,}(?:px|pt)|^-\d{3,}r?em/;
const NO_AREA = /^rect\(\s*0/;

const isNothing = (style: Style, name: string): boolean => NOTHING.test(style.get(name) ?? '');
const isFarOutside = (style: Style, name: string): boolean => FAR_OUTSIDE.test(style.get(name) ?? '');

function isClipped(style: Style): boolean {
  if (!/^(?:hidden|clip)\b/.test(style.get('overflow') ?? '')) return false;
  return ['max-height', 'height', 'max-width', 'width'].some((name) => isNothing(style, name));
}

/** For readers of screens alone. */
function isMovedAway(style: Style): boolean {
  if (isFarOutside(style, 'text-indent')) return true;
  if (!/^(?:absolute|fixed)\b/.test(style.get('position') ?? '')) return false;
  return NO_AREA.test(style.get('clip') ?? '') || isFarOutside(style, 'left') || isFarOutside(style, 'top');
}

function sightBy(written: string): Sight {
  if (!MAY_HIDE.test(written)) return 'seen';
  const style = styleOf(written);
  if (/^none\b/.test(style.get('display') ?? '')) return 'hidden';
  if (/^all\b/.test(style.get('mso-hide') ?? '')) return 'hidden';
  if (isClipped(style) || isMovedAway(style) || isNothing(style, 'opacity')) return 'hidden';
  const visibility = style.get('visibility') ?? '';
  if (/^(?:hidden|collapse)\b/.test(visibility)) return 'invisible';
  // A font size of 0 is set on whole layouts against gaps between images; the elements in them set their own.
  if (!isNothing(style, 'font-size')) return visibility.startsWith('visible') ? 'visible' : 'seen';
  return isNothing(style, 'line-height') ? 'hidden' : 'wordless';
}

/** The attributes of an element that say how it is seen. */
export interface Seeing {
  readonly hidden?: string | undefined;
  readonly style?: string | undefined;
  readonly class?: string | undefined;
  readonly id?: string | undefined;
}

/** Preheaders, and texts for other programs. What the element says of itself counts for more than the rules. */
export function sightOf(name: string, attributes: Seeing, sheet: Stylesheet): Sight {
  if (attributes.hidden !== undefined) return 'hidden';
  const own = attributes.style ?? '';
  if (sheet.size === 0) return own === '' ? 'seen' : sightBy(own);
  const element = { name, classes: attributes.class ?? '', id: attributes.id ?? '' };
  return sightBy(`${declaredFor(element, sheet)}${own}`);
}
