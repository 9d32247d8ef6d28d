import { bare, hasAddress, hasBracketedAddress, hasClock, hasDateOrDay, hasYear, lower } from './evidence.ts';
import { LABEL_KINDS, type Label } from './languages.ts';
import { isBlank, isCited, type Line, withoutIndent } from './lines.ts';

const LINES_MAX = 16;
const CHARACTERS_MAX = 1_000;
/** Lines that go on with a list of recipients or a long subject. */
const CONTINUED_MAX = 3;
const COLON = /[:：]/;
/** Before the colon. */
const LABEL_CHARACTERS_MAX = 48;
const LABELLED = /^[*_ ]{0,4}(\p{L}[^:：]{0,28}?)[*_ ]{0,4}[:：][*_ ]{0,4}(.*)$/su;

export interface LabelledLine {
  readonly label: string;
  readonly kinds: ReadonlySet<Label> | undefined;
  readonly value: string;
  /** Set in bold, as mail programs write labels: `*From:*`. */
  readonly bold: boolean;
}

/** No label has as many letters and digits; in another script the length alone tells. */
const WORDY = /^(?:[^a-z0-9]*[a-z0-9]){30}/i;

/** Cheap to see, and false for most lines. */
export function mayBeLabelled(text: string): boolean {
  const colon = text.search(COLON);
  if (colon < 0 || colon > 2 * LABEL_CHARACTERS_MAX) return false;
  const label = text.slice(0, colon);
  if (WORDY.test(label)) return false;
  return colon <= LABEL_CHARACTERS_MAX || [...label].length <= LABEL_CHARACTERS_MAX;
}

export function labelled(line: Line): LabelledLine | undefined {
  const text = withoutIndent(line);
  if (text.length > CHARACTERS_MAX || !mayBeLabelled(text)) return undefined;
  const [, name, value = ''] = LABELLED.exec(bare(text.trim())) ?? [];
  if (name === undefined) return undefined;
  const label = lower(name).trim();
  const bold = /^\*[^*]{1,30}\*|^_[^_]{1,30}_/.test(text.trim());
  return { label, kinds: LABEL_KINDS.get(label), value: value.trim(), bold };
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
