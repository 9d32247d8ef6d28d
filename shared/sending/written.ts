/** One word of a mail, as a reader sees it: what stands between white space. */
export interface Word {
  readonly text: string;
  /** First of its line, where a footer or a signature may begin. */
  readonly startsLine: boolean;
  /** Inside of what the markup calls quoted history. */
  readonly quoted: boolean;
  /** Struck through: it stands there as what no longer holds. */
  readonly struck: boolean;
  /** Inside of what the markup calls a signature. */
  readonly signed: boolean;
  /** Targets of the links that end with it. */
  readonly links: readonly string[];
}

export interface Written {
  readonly words: readonly Word[];
  /** Sources of its pictures, tracking pixels among them. */
  readonly pictures: readonly string[];
}

const LINES =
  /^(?:address|article|aside|blockquote|br|center|dd|div|dl|dt|fieldset|footer|form|h[1-6]|header|hr|li|main|nav|ol|p|pre|section|table|tr|ul)$/;
const CELLS = /^(?:td|th|caption)$/;
const UNSEEN = /^(?:head|title|script|style|template|noscript|textarea|select|svg|math)$/;
/** Styles by which mailers hide a line for previews, or themselves. */
const HIDDEN = /display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|font-size\s*:\s*0(?![.\d]*[1-9])/i;
/** Some vendors make pictures of emoji. */
const EMOJI = /^\p{Extended_Pictographic}(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\u200d|\ufe0f){0,20}$/u;
const STRUCK = /^(?:s|strike|del)$/;
const STRUCK_STYLE = /text-decoration[^;]*line-through/i;
const HISTORY = /\b(?:gmail_quote|yahoo_quoted|moz-cite-prefix|divRplyFwdMsg)\b/;
const SIGNATURE = /\b\w*signature\w*\b/i;

/** Private-use characters that cannot stand in what was written: they are taken out of it first. */
const LINK = '\ue000';
const OURS = /[\ue000-\ue00f]/g;

/**
 * What readers do not see and mail servers add or drop: soft hyphens, zero-width spaces, direction marks, the two variation
 * selectors of emoji, controls. Joiners stay: words of several scripts differ by them.
 */
const INVISIBLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex lint/suspicious/noMisleadingCharacterClass: each is removed by itself
  /[\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe0e\ufe0f\ufeff]/g;

/** The same letters however they are encoded. Nothing that is seen is folded: "10²" is not "102". */
const seen = (text: string) => text.toWellFormed().normalize('NFC').replace(OURS, '').replace(INVISIBLE, '');

interface Run {
  text: string;
  readonly quoted: boolean;
  readonly struck: boolean;
  readonly signed: boolean;
}

/** Cuts runs of text into words. A word may go over several runs: `<b>Hel</b>lo` is one. */
class Words {
  readonly #words: Word[] = [];
  readonly #links: readonly string[];
  #text = '';
  #startsLine = true;
  #run: Run | undefined;
  #open: number[] = [];

  constructor(links: readonly string[]) {
    this.#links = links;
  }

  add(run: Run): void {
    for (const part of run.text.split(/(\s|\ue000\d+\ue000)/)) {
      if (part.startsWith(LINK)) this.#open.push(Number(part.slice(1, -1)));
      else if (/^\s$/.test(part)) this.#end(part === '\n');
      else if (part !== '') {
        this.#run ??= run;
        this.#text += part;
      }
    }
  }

  done(): readonly Word[] {
    this.#end(true);
    return this.#words;
  }

  #end(line: boolean): void {
    const links = this.#open.flatMap((index) => this.#links[index] ?? []);
    this.#open = [];
    const last = this.#words.at(-1);
    if (this.#text !== '' && this.#run) {
      const { quoted, struck, signed } = this.#run;
      this.#words.push({ text: this.#text, startsLine: this.#startsLine, quoted, struck, signed, links });
      this.#startsLine = false;
    } else if (links.length > 0 && last) {
      // A linked picture has no word of its own.
      this.#words[this.#words.length - 1] = { ...last, links: [...last.links, ...links] };
    }
    this.#text = '';
    this.#run = undefined;
    if (line) this.#startsLine = true;
  }
}

/** Words of a text. Lines that begin with `>` are quoted history. */
export function writtenInText(text: string): Written {
  const words = new Words([]);
  for (const line of seen(text).split(/\r\n?|[\n\v\f\u0085\u2028\u2029]/)) {
    words.add({ text: `${line}\n`, quoted: /^\s*>/.test(line), struck: false, signed: false });
  }
  return { words: words.done(), pictures: [] };
}

interface Tag {
  readonly name: string;
  readonly href?: string;
  readonly quoted: boolean;
  readonly struck: boolean;
  readonly signed: boolean;
  readonly unseen: boolean;
}

type Attributes = Readonly<Record<string, string>>;

const isHidden = ({ style, hidden }: Attributes) => hidden !== undefined || HIDDEN.test(style ?? '');

/** Reads one tag after another, in linear time however deep or broken the markup is. */
class Reader {
  readonly links: string[] = [];
  readonly pictures: string[] = [];
  readonly runs: Run[] = [];
  readonly #tags: Tag[] = [];

  open(name: string, attributes: Attributes): void {
    const parent = this.#tags.at(-1);
    const marks = `${attributes.class ?? ''} ${attributes.id ?? ''}`;
    if (LINES.test(name)) this.text('\n');
    else if (CELLS.test(name)) this.text(' ');
    if (name === 'img') this.#picture(attributes);
    this.#tags.push({
      name,
      ...(name === 'a' && attributes.href ? { href: attributes.href.trim() } : {}),
      quoted: (parent?.quoted ?? false) || name === 'blockquote' || HISTORY.test(marks),
      struck: (parent?.struck ?? false) || STRUCK.test(name) || STRUCK_STYLE.test(attributes.style ?? ''),
      signed: (parent?.signed ?? false) || SIGNATURE.test(marks),
      unseen: (parent?.unseen ?? false) || UNSEEN.test(name) || isHidden(attributes),
    });
  }

  #picture({ alt, src }: Attributes): void {
    if (alt && EMOJI.test(alt)) this.text(seen(alt));
    else if (src) this.pictures.push(src.trim());
  }

  close(name: string): void {
    const tag = this.#tags.pop();
    if (tag?.href !== undefined && !tag.unseen) {
      this.text(`${LINK}${this.links.length}${LINK}`);
      this.links.push(tag.href);
    }
    if (LINES.test(name)) this.text('\n');
    else if (CELLS.test(name)) this.text(' ');
  }

  text(text: string): void {
    const { quoted = false, struck = false, signed = false, unseen = false } = this.#tags.at(-1) ?? {};
    if (unseen) return;
    const last = this.runs.at(-1);
    if (last && last.quoted === quoted && last.struck === struck && last.signed === signed) last.text += text;
    else this.runs.push({ text, quoted, struck, signed });
  }
}

/** Words of HTML, with where their links lead. A line break in the source is a blank, as browsers show it. */
export async function writtenInHtml(html: string): Promise<Written> {
  const { Parser } = await import('htmlparser2');
  const reader = new Reader();
  const parser = new Parser({
    onopentag: (name, attributes) => reader.open(name, attributes),
    ontext: (text) => reader.text(seen(text).replace(/\s/g, ' ')),
    onclosetag: (name) => reader.close(name),
  });
  parser.end(html);
  const words = new Words(reader.links);
  for (const run of reader.runs) words.add(run);
  return { words: words.done(), pictures: reader.pictures };
}
