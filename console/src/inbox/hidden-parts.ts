/**
 * What a mail's own style hides: preheaders, and texts for other programs. The page shows a mail without that style, so they would be
 * seen. Judged by the same signs as `shared/text/hiding.ts` judges an event's `html`; here the browser reads the style.
 */

/**
 * `wordless`: the words right in it are not seen, those of elements in it may be. `invisible`: nothing in it is but what an element in
 * it makes `visible` again.
 */
export type Sight = 'seen' | 'wordless' | 'hidden' | 'invisible' | 'visible';

const NAMES = [
  'display',
  'visibility',
  '--mso-hide',
  'overflow',
  'height',
  'max-height',
  'width',
  'max-width',
  'opacity',
  'font-size',
  'line-height',
  'text-indent',
  'position',
  'clip',
  'left',
  'top',
] as const;

const RULES_MAX = 100;
/** What stands in elements, behind elements or in a state is left alone: an element can be seen in more ways than we look for. */
const OWN = /^(?:[a-z][a-z0-9]*)?(?:[.#][\w-]+)+$/i;
const EVERY_SCREEN = /^(?:all|screen)?$/i;

const NOTHING = /^(?:0+(?:\.0*)?|\.0+)(?:px|pt|em|rem|%)?$/;
const FAR_OUTSIDE = /^-(?:\d{4,}(?:px|pt)|\d{3,}r?em)/;

/** A browser forgets what it does not know, and keeps what is named like a variable. */
const withKeptNames = (css: string): string => css.replace(/mso-hide(?=\s*:)/gi, '--mso-hide');

interface Rule {
  readonly selector: string;
  readonly style: CSSStyleDeclaration;
}

function rulesIn(css: string): readonly Rule[] {
  // Belongs to no document, and loads nothing that it imports.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(withKeptNames(css));
  return [...sheet.cssRules].flatMap((rule) => {
    if (!(rule instanceof CSSStyleRule) || !NAMES.some((name) => rule.style.getPropertyValue(name) !== '')) return [];
    const selectors = rule.selectorText.split(',').map((each) => each.trim());
    return selectors.filter((each) => OWN.test(each)).map((selector) => ({ selector, style: rule.style }));
  });
}

function rulesOf(mail: Document): readonly Rule[] {
  const sheets = [...mail.querySelectorAll('style')].filter(({ media }) => EVERY_SCREEN.test(media.trim()));
  const rules = sheets.flatMap(({ textContent }) => rulesIn(textContent));
  return rules.length > RULES_MAX ? [] : rules;
}

type Style = ReadonlyMap<string, string>;

const isNothing = (style: Style, name: string): boolean => NOTHING.test(style.get(name) ?? '');
const isFarOutside = (style: Style, name: string): boolean => FAR_OUTSIDE.test(style.get(name) ?? '');

function isClipped(style: Style): boolean {
  if (!/^(?:hidden|clip)\b/.test(style.get('overflow') ?? '')) return false;
  return ['max-height', 'height', 'max-width', 'width'].some((name) => isNothing(style, name));
}

/** For readers of screens alone. */
function isMovedAway(style: Style): boolean {
  if (isFarOutside(style, 'text-indent')) return true;
  if (!/^(?:absolute|fixed)$/.test(style.get('position') ?? '')) return false;
  return /^rect\(\s*0/.test(style.get('clip') ?? '') || isFarOutside(style, 'left') || isFarOutside(style, 'top');
}

function sightBy(style: Style): Sight {
  if (style.get('display') === 'none') return 'hidden';
  if (/^all\b/.test(style.get('--mso-hide') ?? '')) return 'hidden';
  if (isClipped(style) || isMovedAway(style) || isNothing(style, 'opacity')) return 'hidden';
  const visibility = style.get('visibility') ?? '';
  if (/^(?:hidden|collapse)$/.test(visibility)) return 'invisible';
  // A font size of 0 is set on whole layouts against gaps between images; the elements in them set their own.
  if (!isNothing(style, 'font-size')) return visibility === 'visible' ? 'visible' : 'seen';
  return isNothing(style, 'line-height') ? 'hidden' : 'wordless';
}

/** How the elements of a mail are seen. What an element says of itself counts for more than the mail's rules. */
export function sightsIn(mail: Document): (element: Element) => Sight {
  const rules = rulesOf(mail);
  const { style: own } = mail.createElement('i');
  return (element) => {
    if (element.hasAttribute('hidden')) return 'hidden';
    own.cssText = withKeptNames(element.getAttribute('style') ?? '');
    const asked = rules.filter(({ selector }) => element.matches(selector)).map(({ style }) => style);
    if (asked.length === 0 && own.length === 0) return 'seen';
    const style = new Map<string, string>();
    const important = new Set<string>();
    for (const declared of [...asked, own]) {
      for (const name of NAMES) {
        const value = declared.getPropertyValue(name).trim().toLowerCase();
        const isImportant = declared.getPropertyPriority(name) === 'important';
        if (value === '' || (important.has(name) && !isImportant)) continue;
        style.set(name, value);
        if (isImportant) important.add(name);
      }
    }
    return sightBy(style);
  };
}
