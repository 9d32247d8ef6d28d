/**
 * How mail programs say, in one language, whose mail follows. Wordings in lower case, without marks around them, parted by
 * ` | `. A new language is one more row.
 */
export interface Language {
  readonly code: string;
  /** Where real headers of that language were found. */
  readonly source: string;
  /** Labels of a block of headers. */
  readonly from: string;
  readonly date: string;
  readonly to: string;
  readonly subject: string;
  /** Beside an address that somebody wrote to; `…` stands for the address. The labels of a recipient stand before one as well. */
  readonly writtenTo: string;
  /** Beside a verb of {@link wrote}: whoever writes the mail at hand. Empty where the verb has another form for that. */
  readonly first: string;
  /** Verbs of a line that names whom it quotes. */
  readonly wrote: string;
  /** Words such a line begins with, or has beside a name. */
  readonly opens: string;
  /** Between dashes above a mail that is answered. */
  readonly original: string;
  /** Above a mail that is passed on: it stands nowhere else. */
  readonly forwarded: string;
}
