/** The line that opens quoted history in one mail program or another. */
const OPENERS: readonly RegExp[] = [
  /^-{2,}\s*(original message|forwarded message|ursprüngliche nachricht|message d'origine|mensaje original)\s*-{2,}$/i,
  /^begin forwarded message:$/i,
  /^_{20,}$/,
];
/** "On Tue, 3 Jun 2025 at 10:00, Jane <jane@example.com> wrote:", which clients break over up to three lines. */
const WROTE_START = /^(on|am|le|el|il|op|em|den)\s/i;
const WROTE_END = /\b(wrote|schrieb|a écrit|escribió|ha scritto|schreef|escreveu|skrev)\b[^\n]{0,200}:$/i;
const WROTE_LINES_MAX = 3;
const LINE_CHARACTERS_MAX = 500;
/** Outlook's block starts with From: and names at least a date and a recipient or subject below. */
const FROM = /^\*?(from|von|de|da|van):\*?\s/i;
const SENT = /^\*?(sent|date|gesendet|datum|envoyé|enviado|inviato|verzonden):\*?\s/i;
const TO = /^\*?(to|an|à|para|a|aan|subject|betreff|objet|asunto|oggetto|onderwerp):\*?\s/i;
const BLOCK_LINES_MAX = 6;

function isWrote(lines: readonly string[], at: number): boolean {
  if (!WROTE_START.test(lines[at] ?? '')) return false;
  let joined = '';
  for (const line of lines.slice(at, at + WROTE_LINES_MAX)) {
    joined = `${joined} ${line}`.trim();
    if (joined.length > LINE_CHARACTERS_MAX || line === '') return false;
    if (WROTE_END.test(joined)) return true;
  }
  return false;
}

function isOutlookBlock(lines: readonly string[], at: number): boolean {
  if (!FROM.test(lines[at] ?? '')) return false;
  const below = lines.slice(at + 1, at + BLOCK_LINES_MAX);
  return below.some((line) => SENT.test(line)) && below.some((line) => TO.test(line));
}

function opens(lines: readonly string[], at: number): boolean {
  const line = lines[at] ?? '';
  if (line.length > LINE_CHARACTERS_MAX) return false;
  return OPENERS.some((opener) => opener.test(line)) || isWrote(lines, at) || isOutlookBlock(lines, at);
}

const isQuote = (line: string) => line.startsWith('>');

/** What stands between and after quotes is an answer; only a tail of nothing but quotes is history. */
function endOfAnswer(lines: readonly string[]): number {
  let end = lines.length;
  while (end > 0 && (lines[end - 1] === '' || isQuote(lines[end - 1] ?? ''))) end -= 1;
  return end;
}

/**
 * The text without the history below it. Answers written between quoted lines stay, with the lines they answer. Rather too
 * much than too little: what would trim everything trims nothing.
 */
export function trimQuoted(text: string): string {
  const raw = text.split('\n');
  const lines = raw.map((line) => line.trim());
  const opened = lines.findIndex((_, at) => opens(lines, at));
  const below = opened < 0 ? [] : lines.slice(opened + 1);
  const answered = opened >= 0 && isWrote(lines, opened) && answersInline(below);
  const upTo = opened < 0 || answered ? lines.length : opened;
  const kept = raw
    .slice(0, endOfAnswer(lines.slice(0, upTo)))
    .join('\n')
    .trim();
  return kept === '' ? text.trim() : kept;
}

/** After "wrote:" come quotes and then unquoted lines: the answers are there, or the client does not mark its quotes. */
function answersInline(below: readonly string[]): boolean {
  const firstQuote = below.findIndex((line) => line !== '');
  if (!isQuote(below[firstQuote] ?? '')) return false;
  return below.some((line, at) => at > firstQuote && line !== '' && !isQuote(line));
}
