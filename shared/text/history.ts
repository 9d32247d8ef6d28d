import { bare, hasAddress, hasDate } from './evidence.ts';
import { type Header, headersOf } from './headers.ts';
import { withInitialsQuoted } from './initials.ts';
import { EMPTY_LINE, isBlank, isQuoted, type Line, NO_PLACE, nextVisible } from './lines.ts';
import { isForwarded, isRule, isTitle } from './separators.ts';
import { namesRecipientsAlone } from './written-to.ts';

export interface Circumstances {
  /** The subject says that another mail is passed on, so that a block of headers opens what stands nowhere else. */
  readonly passedOn?: boolean;
}

const FOOTER_LINES_MAX = 15;
const SIGNED = /^(?:-{2,3}|_{3,}|[—–]) ?$/;
const SCANNED =
  /\b(?:avast|avg|virus|viruses|antivirus|viren|malware|mailscanner|kaspersky|mcafee|eset|norton|proofpoint|mimecast|barracuda|scanned)\b/i;
const LEGAL =
  /confidential|vertraulich|confidentiel|confidencial|riservat|vertrouwelijk|fortrolig|poufn|disclaimer|privileged/i;

/** A signature behind its mark, or what scanners and mail servers add: no answer, though it stands below a quote. */
function footerFrom(lines: readonly Line[]): number | undefined {
  const first = lines.findIndex((line) => !isBlank(line));
  const line = lines[first];
  if (!line) return undefined;
  if (lines.slice(first).filter((each) => !isBlank(each)).length > FOOTER_LINES_MAX) return undefined;
  const text = line.text.slice(0, 1_000);
  return SIGNED.test(text.trim()) || isRule(line) || SCANNED.test(text) || LEGAL.test(text) ? first : undefined;
}

interface Segment {
  readonly header: Header;
  readonly isAnswered: boolean;
  /** What stands below a quote and is no answer. */
  readonly footer: readonly Line[];
}

const isOwn = (line: Line) => !isQuoted(line) && !isBlank(line) && !isRule(line);

/** Between a header and the next: whether somebody wrote between or below the quoted lines. */
function segmentOf(header: Header, body: readonly Line[]): Segment {
  const first = body.find((line) => !isBlank(line));
  // A program that marks no quotes: everything below is history.
  if (!first || !isQuoted(first)) return { header, isAnswered: false, footer: [] };
  const last = body.findLastIndex(isQuoted);
  const below = body.slice(last + 1);
  const isBetween = body.slice(0, last).some(isOwn);
  if (isBetween) return { header, isAnswered: true, footer: [] };
  if (below.every((line) => isBlank(line) || isRule(line))) return { header, isAnswered: false, footer: [] };
  const footer = footerFrom(below);
  return footer === undefined
    ? { header, isAnswered: true, footer: [] }
    : { header, isAnswered: false, footer: below.slice(footer) };
}

function segmentsOf(lines: readonly Line[], headers: readonly Header[]): readonly Segment[] {
  const segments: Segment[] = [];
  for (const [index, header] of headers.entries()) {
    const end = headers[index + 1]?.from ?? lines.length;
    const body = lines.slice(header.to, end);
    segments.push(segmentOf(header, body));
    const first = body.find((line) => !isBlank(line));
    // Unmarked history goes on to the end, whatever headers stand in it.
    if (first && !isQuoted(first)) break;
  }
  return segments;
}

const BRACKET = 0x5b;
const TAGGED = /^\[(\p{L}[\p{L}\p{M}. ]{0,20})\]\s/u;
const WORD = /[\p{L}\p{M}]+/gu;

/** Answers in unmarked history, each behind a name in brackets that the words above it announce: "marked [TR]". */
function isAnsweredByName(lines: readonly Line[], { from, to }: Header): boolean {
  const first = lines[nextVisible(lines, to)];
  if (!first || isQuoted(first)) return false;
  const names = new Set<string>();
  for (let at = to; at < lines.length; at += 1) {
    const text = lines[at]?.text ?? '';
    const name = text.charCodeAt(0) === BRACKET ? TAGGED.exec(text)?.[1] : undefined;
    if (name !== undefined) names.add(name);
  }
  if (names.size === 0) return false;
  return lines.slice(0, from).some(({ text }) =>
    text
      .slice(0, 1_000)
      .match(WORD)
      ?.some((word) => names.has(word)),
  );
}

/** A passage pasted under "we get this:" is no history. */
function isPasted(line: Line | undefined): boolean {
  const text = bare(line?.text.slice(-500) ?? '');
  return text.endsWith(':') && ((!hasAddress(text) && !hasDate(text)) || namesRecipientsAlone(text));
}

/** A tail of nothing but quotes is history; what stands between and after quotes is an answer. */
function withoutTail(lines: readonly Line[]): readonly Line[] {
  let end = lines.length;
  let quoted = false;
  while (end > 0) {
    const line = lines[end - 1];
    if (!line || !(isBlank(line) || line.depth > 0)) break;
    quoted ||= line.depth > 0 && !isBlank(line);
    end -= 1;
  }
  return quoted && isPasted(lines[end - 1]) ? lines : lines.slice(0, end);
}

/** Without a rule at its end, which belonged to the history that is gone. */
function withoutRules(lines: readonly Line[]): readonly Line[] {
  const end = lines.findLastIndex((line) => !isBlank(line) && !isRule(line));
  return lines.slice(0, end + 1);
}

function trimmed(read: readonly Line[], { passedOn = false }: Circumstances): readonly Line[] {
  const headersRead = headersOf(read);
  const lines = withInitialsQuoted(read, headersRead);
  const found = lines === read ? headersRead : headersOf(lines);
  const forward = found.findIndex(({ kind }) => kind === 'forward' || (passedOn && kind === 'block'));
  if (forward === 0) return lines;
  const headers = forward < 0 ? found : found.slice(0, forward);
  const segments = segmentsOf(lines, headers);
  const answered = segments.findLastIndex(({ isAnswered }) => isAnswered);
  const cut = segments[answered + 1];
  const last = segments.at(-1);
  if (!cut) return withoutTail(lines);
  if (isAnsweredByName(lines, cut.header)) return lines;
  const above = withoutTail(withoutRules(lines.slice(0, cut.header.from)));
  return last && last.footer.length > 0 ? [...above, EMPTY_LINE, ...last.footer] : above;
}

/** What names the mail that follows, and nothing else: one line with a sign of it, or a header of several. */
function namesMail(lines: readonly Line[]): boolean {
  const named = lines.filter((line) => !isBlank(line));
  const [first] = named;
  if (named.length <= 1) return first === undefined || hasAddress(first.text) || hasDate(first.text);
  const [header] = headersOf(lines);
  return header !== undefined && namesMail(lines.slice(0, header.from)) && lines.slice(header.to).every(isBlank);
}

const withMarks = (line: Line): Line => {
  const marks = line.depth + (line.place.indented ? 1 : 0);
  return marks === 0 || isBlank(line) ? line : { ...line, text: `${'> '.repeat(marks)}${line.text}` };
};

/** Somebody wrote between or below the quotes in the element, as people do where a program opens it for them. */
function isAnsweredWithin(run: readonly Line[]): boolean {
  const quote = run.findIndex((line) => isQuoted(line) && !isBlank(line));
  if (quote < 0 || !namesMail(run.slice(0, quote))) return false;
  return segmentOf({ from: 0, to: quote, kind: 'reply' }, run.slice(quote)).isAnswered;
}

/** Where such a run stood or begins: no line above goes on in it, and whatever names the mail it is from stands above. */
const GONE: Line = { text: '> …', depth: 1, place: NO_PLACE };

/** Without runs within an element of nothing but history, unless one begins as a mail that is passed on. */
function withoutWrapped(lines: readonly Line[]): readonly Line[] {
  const kept: Line[] = [];
  let at = 0;
  while (at < lines.length) {
    const start = at;
    while (at < lines.length && lines[at]?.place.history) at += 1;
    const run = lines.slice(start, at).map((line): Line => ({ ...line, place: { ...line.place, history: false } }));
    const first = run.findIndex((line) => !isBlank(line));
    const title = run[first];
    const isPassedOn = title !== undefined && (isForwarded(run, first) || isTitle(title));
    if (isPassedOn) kept.push(...run);
    else if (isAnsweredWithin(run)) kept.push(GONE, ...run.map(withMarks));
    else if (run.length > 0) kept.push(GONE);
    const line = lines[at];
    if (line) kept.push(line);
    at += 1;
  }
  return kept;
}

/**
 * What the person wrote, without the history below it. Answers between quoted lines stay, with the lines they answer. Rather
 * too much than too little: what would trim everything trims nothing.
 */
export function ownLines(lines: readonly Line[], circumstances: Circumstances = {}): readonly Line[] {
  const isWrapped = lines.some(({ place }) => place.history);
  const unwrapped = isWrapped ? withoutWrapped(lines) : lines;
  if (!unwrapped.some(isOwn)) return lines;
  const kept = trimmed(unwrapped, circumstances);
  const own = kept.some(isOwn) ? kept : unwrapped;
  return isWrapped ? own.filter((line) => line !== GONE) : own;
}
