import { bare, hasAddress, hasBracketedAddress, hasClock, hasDateOrDay, hasYear, lower } from './evidence.ts';
import { LABEL_KINDS, type Label } from './languages.ts';
import { isBlank, isCited, type Line, withoutIndent } from './lines.ts';
import { isLatinLetter } from './signs.ts';

const LINES_MAX = 16;
const CHARACTERS_MAX = 1_000;
/** Lines that go on with a list of recipients or a long subject. */
const CONTINUED_MAX = 3;
/** Before the colon. */
const LABEL_CHARACTERS_MAX = 48;
/** Of a label that is known, or of one by whose form a header is seen. */
const NAME_CHARACTERS_MAX = 29;
const BOLD = /^\*[^*]{1,30}\*|^_[^_]{1,30}_/;

export interface LabelledLine {
  readonly label: string;
  readonly kinds: ReadonlySet<Label> | undefined;
  readonly value: string;
  /** Set in bold, as mail programs write labels: `*From:*`. */
  readonly bold: boolean;
}

/** No label has as many letters and digits; in another script the length alone tells. */
const WORDY = /^(?:[^a-z0-9]*[a-z0-9]){30}/i;

const [BLANK, ASTERISK, COLON, UNDERSCORE, WIDE_COLON] = [0x20, 0x2a, 0x3a, 0x5f, 0xff1a];

/** Where the first colon stands that may end a label, -1 where none does. */
function colonIn(text: string): number {
  const end = Math.min(text.length, 2 * LABEL_CHARACTERS_MAX + 1);
  for (let at = 0; at < end; at += 1) {
    const code = text.charCodeAt(at);
    if (code === COLON || code === WIDE_COLON) return at;
  }
  return -1;
}

/** Cheap to see, and false for most lines. */
export function mayBeLabelled(text: string): boolean {
  const colon = colonIn(text);
  if (colon <= NAME_CHARACTERS_MAX) return colon >= 0;
  const label = text.slice(0, colon);
  if (WORDY.test(label)) return false;
  return colon <= LABEL_CHARACTERS_MAX || [...label].length <= LABEL_CHARACTERS_MAX;
}

/** How many marks of emphasis stand there that belong to a label: they may be around it, and before its value. */
const EMPHASIS_MAX = 4;
const isEmphasis = (code: number): boolean => code === ASTERISK || code === UNDERSCORE || code === BLANK;

function emphasisFrom(text: string, from: number): number {
  let at = from;
  while (at < from + EMPHASIS_MAX && isEmphasis(text.charCodeAt(at))) at += 1;
  return at;
}

function emphasisBefore(text: string, end: number): number {
  let at = end;
  while (at > end - EMPHASIS_MAX && isEmphasis(text.charCodeAt(at - 1))) at -= 1;
  return at;
}

const beginsWithLetter = (text: string): boolean => isLatinLetter(text.charCodeAt(0)) || /^\p{L}/u.test(text);

/** A name and what stands behind its colon. */
function namedValue(text: string): { readonly name: string; readonly value: string } | undefined {
  const colon = colonIn(text);
  if (colon < 0) return undefined;
  const name = text.slice(emphasisFrom(text, 0), emphasisBefore(text, colon));
  if (!beginsWithLetter(name)) return undefined;
  if (name.length > NAME_CHARACTERS_MAX && [...name].length > NAME_CHARACTERS_MAX) return undefined;
  return { name, value: text.slice(emphasisFrom(text, colon + 1)) };
}

export function labelled(line: Line): LabelledLine | undefined {
  const written = withoutIndent(line);
  if (written.length > CHARACTERS_MAX || !mayBeLabelled(written)) return undefined;
  const text = written.trim();
  const named = namedValue(bare(text));
  if (!named) return undefined;
  const label = lower(named.name).trim();
  return { label, kinds: LABEL_KINDS.get(label), value: named.value.trim(), bold: BOLD.test(text) };
}

export interface Block {
  readonly from: number;
  /** The first line below it. */
  readonly to: number;
}

interface Read {
  readonly to: number;
  readonly lines: readonly LabelledLine[];
}

const isContinued = (line: Line, last: LabelledLine | undefined): boolean =>
  last?.kinds !== undefined &&
  (last.value === '' || last.kinds.has('to') || hasAddress(line.text) || /[;,]\s*$/.test(last.value));

/** The labelled lines from here on; one blank line between two of them is what HTML leaves of paragraphs. */
function readBlock(lines: readonly Line[], from: number, first: LabelledLine): Read {
  const found: LabelledLine[] = [];
  let to = from;
  let continued = 0;
  for (let at = from; at < Math.min(lines.length, from + LINES_MAX); at += 1) {
    const line = lines[at];
    if (!line || isCited(line)) break;
    if (isBlank(line)) {
      const below = lines[at + 1];
      if (below && !isBlank(below) && !isCited(below) && labelled(below)?.kinds) continue;
      break;
    }
    const each = at === from ? first : labelled(line);
    const last = found.at(-1);
    const isRepeated = each !== undefined && found.some(({ label }) => label === each.label);
    if (isRepeated) break;
    if (each && (each.kinds || found.length > 0 || hasBracketedAddress(each.value))) {
      found.push(each);
      continued = 0;
    } else if (!each && continued < CONTINUED_MAX && isContinued(line, last) && last) {
      found[found.length - 1] = { ...last, value: `${last.value} ${line.text.trim()}`.slice(0, CHARACTERS_MAX) };
      continued += 1;
    } else break;
    to = at + 1;
  }
  return { to, lines: found };
}

/** One of each kind, where a label may mean several. */
function kindsOf(lines: readonly LabelledLine[]): ReadonlySet<Label> {
  const kinds = new Set<Label>();
  for (const { kinds: possible } of lines) {
    const fresh = [...(possible ?? [])].find((kind) => !kinds.has(kind));
    if (fresh) kinds.add(fresh);
  }
  return kinds;
}

const valueIn = (lines: readonly LabelledLine[], kind: Label): string =>
  lines.find(({ kinds }) => kinds?.has(kind))?.value ?? '';

export interface Above {
  /** A rule or a separator stands right above. */
  readonly ruled: boolean;
  /** An element of a mail program holds it. */
  readonly framed: boolean;
}

/** In a language that is not known: labels whose values are a name with an address, and a date with a time. */
function isByForm(lines: readonly LabelledLine[]): boolean {
  const [first] = lines;
  return (
    lines.length >= 3 &&
    first !== undefined &&
    lines.slice(0, 4).every(({ label }) => label.split(' ').length <= 3) &&
    lines.slice(0, 3).some(({ value }) => hasBracketedAddress(value)) &&
    lines.slice(0, 4).some(({ value }) => hasYear(value) && hasClock(value))
  );
}

/** What programs add below the subject. */
const ADDED: ReadonlySet<string> = new Set(
  `importance | priority | sensitivity | attachments | attachment | wichtigkeit | priorität | anlagen | anlage | priorité |
  pièces jointes | pièce jointe | importancia | prioridad | datos adjuntos | importância | prioridade | anexos | priorità | importanza |
  allegati | urgentie | prioriteit | bijlagen | prioritet | bilagor | ważność | priorytet | załączniki | důležitost | priorita | přílohy |
  fontosság | mellékletek | prioritate | важность | приоритет | вложения | önem | ekler | 重要度 | 添付ファイル | 重要性 | 附件 | 중요도 | 첨부`.split(
    /\s*\|\s*/,
  ),
);

const isKnown = ({ kinds, label }: LabelledLine): boolean => kinds !== undefined || ADDED.has(label);

function isHeader(lines: readonly LabelledLine[], { ruled, framed }: Above): boolean {
  if (lines.length < 2 && !framed) return false;
  const kinds = kindsOf(lines);
  if (framed)
    return (
      kinds.size >= 2 ||
      isByForm(lines) ||
      (lines.length >= 3 && lines.some(({ value }) => hasAddress(value) || hasClock(value)))
    );
  if (!kinds.has('from') || kinds.size < 2) return isByForm(lines);
  const dated = kinds.has('date') && hasDateOrDay(valueIn(lines, 'date'));
  const addressed = lines.some(({ kinds: each, value }) => (each?.has('from') || each?.has('to')) && hasAddress(value));
  const isKnownAll = lines.every(isKnown);
  if (addressed) {
    if (ruled) return true;
    // Forms and bookings name people and dates among labels of their own.
    if (kinds.has('date')) return kinds.has('subject') || isKnownAll || isByForm(lines);
    return kinds.has('subject') && kinds.has('to');
  }
  if (ruled || lines.slice(0, 3).every(({ bold }) => bold)) return dated && lines[1]?.kinds?.has('date') === true;
  // Orders and minutes have such labels too, seldom with a time of day.
  const begins = lines[0]?.kinds?.has('from') === true;
  return kinds.size === 4 && begins && isKnownAll && dated && hasClock(valueIn(lines, 'date'));
}

/** As many as there are kinds of labels. */
const MANY_COLONS = /^(?:[^:：]*[:：]){4}/;
const LABELS_IN_LINE = /((?:\p{L}[\p{L}']{0,18} )?\p{L}[\p{L}'./]{0,18}) ?:/gu;

const mayHoldAllLabels = ({ text }: Line): boolean => text.length <= CHARACTERS_MAX && MANY_COLONS.test(text);

/** All labels in one line, as careless programs leave it. */
function isOneLine(line: Line, { value }: LabelledLine): boolean {
  if (!mayHoldAllLabels(line) || !hasBracketedAddress(value) || !hasYear(value)) return false;
  const labels = [...bare(line.text.trim()).matchAll(LABELS_IN_LINE)].map(([, label = '']) => lower(label));
  const kinds = labels.flatMap((label) => [
    ...(LABEL_KINDS.get(label) ?? LABEL_KINDS.get(label.split(' ').at(-1) ?? '') ?? []),
  ]);
  return (['from', 'date', 'to', 'subject'] as const).every((kind) => kinds.includes(kind));
}

/** No second label can follow: the next line, one blank line passed over, is quoted, blank or not there. */
function standsAlone(lines: readonly Line[], from: number): boolean {
  const below = lines[from + 1];
  const next = below && isBlank(below) ? lines[from + 2] : below;
  return next === undefined || isCited(next) || isBlank(next);
}

/** The block of headers that begins here, as Outlook and others put above the mail that is answered. */
export function blockAt(lines: readonly Line[], from: number, above: Above): Block | undefined {
  const first = lines[from];
  if (!first || isBlank(first) || isCited(first)) return undefined;
  // As most lines do that name whom they quote.
  if (!above.framed && standsAlone(lines, from) && !mayHoldAllLabels(first)) return undefined;
  const label = labelled(first);
  if (!label || (!label.kinds && !above.framed && !hasBracketedAddress(label.value))) return undefined;
  if (isOneLine(first, label)) return { from, to: from + 1 };
  const { to, lines: read } = readBlock(lines, from, label);
  return isHeader(read, above) ? { from, to } : undefined;
}
