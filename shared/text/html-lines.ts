import { type Role, roleOf } from './elements.ts';
import { counting, type Extent } from './extent.ts';
import { hidingSheet } from './hiding.ts';
import { addressBeside, fromSymbolFont, imageText, isSymbolFont, mayShowFace } from './html-inline.ts';
import { type Kind, kindOf } from './kinds.ts';
import { LineWriter, NOWHERE, type Origin } from './line-writer.ts';
import { isBlank, type Line } from './lines.ts';
import { type List, listOf, markOf, numberOf } from './list-items.ts';
import { type Attributes, attributesOf, decoded, type MarkupReader, readMarkup } from './markup.ts';
import type { Stylesheet } from './styles.ts';

/** What a tag says wherever it stands. */
interface Tag {
  readonly kind: Kind;
  readonly role: Role;
  /** Says nothing but where lines break, as most do: of these the role is not asked. */
  readonly isPlain: boolean;
  readonly breaks: Role['breaks'];
  readonly isHidden: boolean;
  readonly isWordless: boolean;
  readonly symbols: boolean;
  readonly preserves: boolean;
  readonly href: string | undefined;
  /** Of an image: what a reader sees as text. */
  readonly image: string;
  readonly list: List | undefined;
  /** Of an item: the number it says it has. */
  readonly number: number | undefined;
}

interface Frame {
  readonly tag: Tag;
  /** Where it is looked up again while it is open. */
  readonly stacks: readonly Frame[][];
  /** Of a link: its words. */
  words: string;
  /** Of a list: the number of its next item. */
  next: number | undefined;
  /** Of a row: its cells so far. */
  cells: number;
  /** Of a container: whether a quote was met in it. */
  quoted: boolean;
  readonly invisible: boolean;
}

/** How far down a closing tag looks for what it closes; no real mail leaves more open between. */
const LOOK_MAX = 200;

const preservesBlanks = (name: string, attributes: Attributes): boolean =>
  name === 'pre' || /white-space\s{0,9}:\s{0,9}(?:pre|break-spaces)/i.test(attributes.get('style') ?? '');

const NO_STACKS: readonly Frame[][] = [];

/** A link whose address comes first, as in most mail. */
const ADDRESS_FIRST = /^a href="([^"]*)"/i;

function tagOf(kind: Kind, written: string, sheet: Stylesheet): Tag {
  const { name } = kind;
  const attributes = attributesOf(written, name);
  const role = roleOf(name, attributes, sheet);
  const symbols = attributes.size > 0 && isSymbolFont(attributes);
  const preserves = preservesBlanks(name, attributes);
  const href = name === 'a' ? attributes.get('href') : undefined;
  const list = listOf(name, attributes);
  const isListed = href !== undefined || list !== undefined || name === 'tr';
  return {
    kind,
    role,
    isPlain: !isListed && !symbols && !preserves && Object.keys(role).length === 1,
    breaks: role.breaks,
    isHidden: role.hidden === true,
    isWordless: role.wordless === true,
    symbols,
    preserves,
    href,
    image: name === 'img' ? imageText(attributes) : '',
    list,
    number: numberOf(name, attributes),
  };
}

/** Follows the elements of a mail as they open and close, and says of each of its lines where it stands. */
class Reader implements MarkupReader {
  readonly #writer: LineWriter;
  readonly #sheet: Stylesheet;
  readonly #hiddenToo: boolean;
  /** By what is written in them: a mail has a few kinds of tags, again and again. */
  readonly #tags = new Map<string, Tag>();
  readonly #open: Frame[] = [];
  readonly #kinds = new Map<string, Kind>();
  readonly #counts = {
    hidden: 0,
    invisible: 0,
    quote: 0,
    indented: 0,
    unmarked: 0,
    history: 0,
    attribution: 0,
    symbols: 0,
    preserves: 0,
  };
  readonly #containers: Frame[] = [];
  readonly #links: Frame[] = [];
  readonly #lists: Frame[] = [];
  readonly #rows: Frame[] = [];
  readonly #borders: Frame[] = [];

  constructor(sheet: Stylesheet, hiddenToo = false) {
    this.#sheet = sheet;
    this.#hiddenToo = hiddenToo;
    this.#writer = new LineWriter(() => this.#origin());
  }

  text(text: string): true {
    const isSeen = this.#hiddenToo || !this.#open.at(-1)?.tag.isWordless;
    if (isSeen) this.#write(text);
    return true;
  }

  open(name: string, written: string): true {
    this.#begin(name, written);
    return true;
  }

  close(name: string): true {
    this.#end(name);
    return true;
  }

  finish(): readonly Line[] {
    this.#leave(0);
    return this.#writer.finish();
  }

  #kindOf(name: string): Kind {
    const known = this.#kinds.get(name);
    if (known) return known;
    const kind = kindOf(name);
    this.#kinds.set(name, kind);
    return kind;
  }

  #tagOf(name: string, written: string): Tag {
    if (name === 'a') return this.#linkOf(written);
    // Each has an address of its own.
    if (name === 'img') return tagOf(this.#kindOf(name), written, this.#sheet);
    return this.#knownTag(name, written);
  }

  #knownTag(name: string, written: string): Tag {
    const known = this.#tags.get(written);
    if (known) return known;
    const tag = tagOf(this.#kindOf(name), written, this.#sheet);
    this.#tags.set(written, tag);
    return tag;
  }

  /** Links differ in their addresses, and say the same behind these. */
  #linkOf(written: string): Tag {
    const [begin, href] = ADDRESS_FIRST.exec(written) ?? [];
    if (begin === undefined || href === undefined) return tagOf(this.#kindOf('a'), written, this.#sheet);
    const tag = this.#knownTag('a', `a${written.slice(begin.length)}`);
    return { ...tag, isPlain: false, href: decoded(href) };
  }

  #begin(name: string, written: string): void {
    if (name === 'br') {
      this.#newLine();
      return;
    }
    if (name === 'img' && !mayShowFace(written)) return;
    const tag = this.#tagOf(name, written);
    const { kind, breaks } = tag;
    if (kind.endsItsLike) this.#endLike(kind);
    const isHidden = tag.isHidden && !this.#hiddenToo;
    if (kind.isVoid) {
      if (isHidden || this.#isUnseen() || (tag.role.invisible && !this.#hiddenToo)) return;
      this.#write(tag.image);
      if (name === 'hr') this.#writer.rule();
      return;
    }
    if (!isHidden) this.#writer.break(breaks);
    this.#enter(tag.isHidden && !isHidden ? { ...tag, isHidden: false, role: { breaks } } : tag);
  }

  #enter(tag: Tag): void {
    const { kind, role, isPlain } = tag;
    const frame: Frame = {
      tag,
      stacks: isPlain ? NO_STACKS : this.#stacksOf(tag),
      words: '',
      next: tag.list?.next,
      cells: 0,
      quoted: false,
      invisible: this.#isInvisible(role),
    };
    this.#open.push(frame);
    kind.open += 1;
    if (!isPlain) {
      this.#count(tag, 1);
      if (role.quote || role.indented) this.#markQuoted();
    }
    for (const stack of frame.stacks) stack.push(frame);
    if (this.#isUnseen()) return;
    if (kind.name === 'li') this.#beginItem(tag);
    if (kind.isCell) this.#beginCell();
  }

  #isInvisible({ invisible, visible }: Role): boolean {
    if (invisible) return !this.#hiddenToo;
    return this.#counts.invisible > 0 && !visible && this.#open.at(-1)?.invisible === true;
  }

  #isUnseen(): boolean {
    return this.#counts.hidden > 0 || (this.#counts.invisible > 0 && this.#open.at(-1)?.invisible === true);
  }

  /** Those further out were marked when the ones within them were. */
  #markQuoted(): void {
    for (let at = this.#containers.length - 1; at >= 0; at -= 1) {
      const container = this.#containers[at];
      if (!container || container.quoted) return;
      container.quoted = true;
    }
  }

  #stacksOf({ kind, role, href, list }: Tag): readonly Frame[][] {
    const stacks: Frame[][] = [];
    if (role.container) stacks.push(this.#containers);
    if (href !== undefined) stacks.push(this.#links);
    if (list !== undefined) stacks.push(this.#lists);
    if (kind.name === 'tr') stacks.push(this.#rows);
    if (role.frame) stacks.push(this.#borders);
    return stacks;
  }

  #count({ role, symbols, preserves }: Tag, by: 1 | -1): void {
    if (role.hidden) this.#counts.hidden += by;
    if (role.invisible) this.#counts.invisible += by;
    if (role.quote) this.#counts.quote += by;
    if (role.indented) this.#counts.indented += by;
    if (role.unmarked) this.#counts.unmarked += by;
    if (role.history) this.#counts.history += by;
    if (role.attribution) this.#counts.attribution += by;
    if (symbols) this.#counts.symbols += by;
    if (preserves) this.#counts.preserves += by;
  }

  #beginItem({ number }: Tag): void {
    const list = this.#lists.at(-1);
    if (!list?.tag.list) return;
    const { step, type } = list.tag.list;
    if (number !== undefined && list.next !== undefined) list.next = number;
    this.#writer.prefix(markOf(list.next, type));
    if (list.next !== undefined) list.next += step;
  }

  #beginCell(): void {
    const row = this.#rows.at(-1);
    if (!row) return;
    row.cells += 1;
    if (row.cells > 1) this.#writer.cell();
  }

  /** An open one of its kind in the same cell or list. */
  #endLike(kind: Kind): void {
    if (kind.open === 0 && !kind.isCell) return;
    for (let at = this.#open.length - 1, looked = 0; at >= 0 && looked < LOOK_MAX; at -= 1, looked += 1) {
      const frame = this.#open[at];
      if (!frame) return;
      const { kind: open } = frame.tag;
      if (kind.stops.has(open.name)) return;
      if (open === kind || (kind.isCell && open.isCell)) {
        this.#leave(at);
        return;
      }
      if (kind.name === 'p' && open.isBlock) return;
    }
  }

  #end(name: string): void {
    if (name === 'br') {
      this.#newLine();
      return;
    }
    const innermost = this.#open.length - 1;
    // As in all mail that is well nested.
    if (this.#open[innermost]?.tag.kind.name === name) {
      this.#leave(innermost);
      return;
    }
    const kind = this.#kindOf(name);
    if (kind.open === 0) {
      if (name === 'p' && !this.#isUnseen()) this.#writer.break(2);
      return;
    }
    const { isInline } = kind;
    for (let at = this.#open.length - 1, looked = 0; at >= 0 && looked < LOOK_MAX; at -= 1, looked += 1) {
      const frame = this.#open[at];
      if (!frame) return;
      const { kind: open } = frame.tag;
      if (open === kind) {
        if (isInline && at < this.#open.length - 1) this.#drop(at);
        else this.#leave(at);
        return;
      }
      if (isInline ? open.isBlock : open.isScope && !kind.isTablePart) return;
    }
  }

  /** One element alone: what was opened in it and not closed stays open. */
  #drop(at: number): void {
    const [frame] = this.#open.splice(at, 1);
    if (frame) this.#left(frame);
  }

  /** The element and everything in it. */
  #leave(at: number): void {
    while (this.#open.length > at) {
      const frame = this.#open.pop();
      if (frame) this.#left(frame);
    }
  }

  #left(frame: Frame): void {
    const { tag, stacks, words } = frame;
    const { kind, breaks, href, isPlain } = tag;
    for (const stack of stacks) {
      if (stack.at(-1) === frame) stack.pop();
      else stack.splice(stack.lastIndexOf(frame), 1);
    }
    if (href !== undefined && this.#counts.hidden === 0 && !frame.invisible)
      this.#writer.put(addressBeside(words, href));
    kind.open -= 1;
    if (this.#counts.hidden === 0) this.#writer.break(breaks);
    if (!isPlain) this.#count(tag, -1);
  }

  #newLine(): void {
    if (!this.#isUnseen()) this.#writer.newLine();
  }

  #write(raw: string): void {
    if (raw === '' || this.#isUnseen()) return;
    const text = this.#counts.symbols > 0 ? fromSymbolFont(raw) : raw;
    const link = this.#links.at(-1);
    if (link) link.words += text;
    if (this.#counts.preserves > 0) this.#writer.preserve(text);
    else this.#writer.flow(text);
  }

  #origin(): Origin {
    const { quote, indented, unmarked, history, attribution } = this.#counts;
    const framed = this.#borders.length > 0;
    const container = this.#containers.at(-1);
    if (quote + indented + history + attribution === 0 && !framed && !container) return NOWHERE;
    const isIntroduction = container !== undefined && !container.quoted;
    return {
      depth: quote,
      marks: history > 0 ? 0 : quote + indented - unmarked,
      place: {
        indented: indented > 0,
        history: history > 0,
        attribution: attribution > 0 || isIntroduction,
        framed,
        rule: false,
      },
    };
  }
}

function linesOf(html: string, reader: Reader, extent?: Extent): readonly Line[] {
  readMarkup(html, extent ? counting(extent, reader) : reader);
  if (extent) extent.isCounted = true;
  return reader.finish();
}

/**
 * The lines a reader of HTML mail sees, with what its elements say of where they come from. What is hidden counts where nothing
 * else is there.
 */
export function htmlLines(html: string, extent?: Extent): readonly Line[] {
  const sheet = hidingSheet(html);
  const seen = linesOf(html, new Reader(sheet), extent);
  return seen.every(isBlank) ? linesOf(html, new Reader(sheet, true)) : seen;
}

/** Whether what is hidden is left out: something else is there. */
export const showsWords = (html: string): boolean => !linesOf(html, new Reader(hidingSheet(html))).every(isBlank);
