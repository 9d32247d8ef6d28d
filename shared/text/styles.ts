import { attributesOf, readMarkup } from './markup.ts';

/** What a style declares, in small letters; the last of one name counts, unless one before is important. */
export type Style = ReadonlyMap<string, string>;

const STYLE_CHARACTERS_MAX = 5_000;

const isImportant = (value: string | undefined): boolean =>
  value?.includes('!') === true && /!\s{0,9}important/.test(value);

export function styleOf(text: string): Style {
  const style = new Map<string, string>();
  if (text.length > STYLE_CHARACTERS_MAX) return style;
  for (const declaration of text.toLowerCase().split(';')) {
    const colon = declaration.indexOf(':');
    if (colon <= 0) continue;
    const name = declaration.slice(0, colon).trim();
    const value = declaration.slice(colon + 1).trim();
    if (!isImportant(style.get(name)) || isImportant(value)) style.set(name, value);
  }
  return style;
}

/** What a mail declares for elements of one name, one class or one id, or several of these together. */
export interface Rule {
  /** Empty: of any name. */
  readonly name: string;
  readonly classes: readonly string[];
  readonly id: string;
  readonly declared: string;
}

const RULES_MAX = 100;
const DECLARED_CHARACTERS_MAX = 1_000;
const SELECTOR = /^([a-z][a-z0-9]{0,20})?((?:[.#][\w-]{1,100}){1,5})$/i;

const withoutComments = (css: string): string =>
  css
    .split('/*')
    .map((part, index) => (index === 0 ? part : part.includes('*/') ? part.slice(part.indexOf('*/') + 2) : ''))
    .join('')
    .replace(/<!--|-->/g, '');

/** What stands in elements, behind elements or in a state is left alone: an element can be seen in more ways than we look for. */
function rulesFor(selectors: string, declared: string): readonly Rule[] {
  return selectors.split(',').flatMap((selector) => {
    const [, name = '', marks] = SELECTOR.exec(selector.trim()) ?? [];
    if (marks === undefined) return [];
    const parts = marks.match(/[.#][^.#]+/g) ?? [];
    const named = (sign: string) => parts.filter((part) => part.startsWith(sign)).map((part) => part.slice(1));
    return [{ name: name.toLowerCase(), classes: named('.'), id: named('#').at(-1) ?? '', declared }];
  });
}

/** The rules that hold on every screen, with a declaration of these kinds. */
function rulesIn(css: string, kinds: RegExp): readonly Rule[] {
  const rules: Rule[] = [];
  const plain = withoutComments(css);
  let depth = 0;
  let start = 0;
  let selectors = '';
  for (const { 0: brace, index } of plain.matchAll(/[{}]/g)) {
    const text = plain.slice(start, index);
    if (brace === '{' && depth === 0) selectors = text.slice(text.lastIndexOf(';') + 1).trim();
    depth = Math.max(0, depth + (brace === '{' ? 1 : -1));
    // Within a block that holds on some screens, its end is still to come.
    if (depth > 1 || (depth === 1 && brace === '}')) continue;
    start = index + 1;
    if (brace === '{') continue;
    const isRelevant = text.length <= DECLARED_CHARACTERS_MAX && kinds.test(text);
    if (isRelevant && !selectors.startsWith('@')) rules.push(...rulesFor(selectors, text));
    selectors = '';
    if (rules.length > RULES_MAX) return [];
  }
  return rules;
}

const STYLE_ELEMENT = /<style[\s>]/gi;
const EVERY_SCREEN = /^\s*(?:all|screen)?\s*$/i;

/** The rules of a mail's own style sheets that declare something of these kinds. What is read ends with the last sheet. */
export function rulesOf(html: string, kinds: RegExp): readonly Rule[] {
  const isAhead = (from: number): boolean => {
    STYLE_ELEMENT.lastIndex = from;
    return STYLE_ELEMENT.test(html);
  };
  if (!isAhead(0)) return [];
  const rules: Rule[] = [];
  const further = () => true;
  readMarkup(html, {
    text: further,
    open: further,
    close: further,
    style: (css, { written, end }) => {
      if (EVERY_SCREEN.test(attributesOf(written, 'style').get('media') ?? '')) rules.push(...rulesIn(css, kinds));
      return rules.length <= RULES_MAX && isAhead(end);
    },
  });
  return rules.length > RULES_MAX ? [] : rules;
}

/** Rules by one class or id that each of them asks for, so that an element is compared with few. */
export type Stylesheet = ReadonlyMap<string, readonly Ordered[]>;

interface Ordered {
  readonly rule: Rule;
  readonly order: number;
}

const markOf = ({ id, classes }: Rule): string => (id === '' ? `.${classes.at(-1) ?? ''}` : `#${id}`);

export function stylesheetOf(rules: readonly Rule[]): Stylesheet {
  const sheet = new Map<string, Ordered[]>();
  for (const [order, rule] of rules.entries()) {
    const mark = markOf(rule);
    sheet.set(mark, [...(sheet.get(mark) ?? []), { rule, order }]);
  }
  return sheet;
}

export interface Named {
  readonly name: string;
  readonly classes: string;
  readonly id: string;
}

/** All that the rules declare for the element, in their order. */
export function declaredFor({ name, classes, id }: Named, sheet: Stylesheet): string {
  if (sheet.size === 0 || (classes === '' && id === '')) return '';
  const own = new Set(classes.split(/\s+/));
  const asked = [...[...own].map((each) => `.${each}`), `#${id}`].flatMap((mark) => sheet.get(mark) ?? []);
  return asked
    .filter(({ rule }) => (rule.name === '' || rule.name === name) && (rule.id === '' || rule.id === id))
    .filter(({ rule }) => rule.classes.every((each) => own.has(each)))
    .sort((one, other) => one.order - other.order)
    .map(({ rule }) => `${rule.declared};`)
    .join('');
}
