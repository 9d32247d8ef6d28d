const ENCODED = /=\?([\w.:-]{1,40})(?:\*[\w-]{0,20})?\?([bq])\?([^?\s]{0,2000})\?=/gi;
/** Blanks between two encoded words belong to neither. Source: RFC 2047 section 6.2. */
const BETWEEN = /(\?=)\s{1,100}(?==\?[\w.:*-]{1,60}\?[bq]\?)/gi;

const fromQ = (text: string): Uint8Array =>
  Uint8Array.from(
    text
      .replace(/_/g, ' ')
      .replace(/=([0-9a-f]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16))),
    (char) => char.charCodeAt(0),
  );

/** One word, or several of one charset that follow one another. */
interface Word {
  readonly charset: string;
  readonly bytes: readonly Uint8Array[];
}

function decoded({ charset, bytes }: Word): string | undefined {
  try {
    return new TextDecoder(charset).decode(Buffer.concat(bytes));
  } catch {
    return undefined;
  }
}

/** Text of a header in which words are written as RFC 2047 demands; what is in no known charset stays as it is. */
export function decodeWords(text: string): string {
  if (!text.includes('=?')) return text;
  const joined = text.replace(BETWEEN, '$1');
  const parts: string[] = [];
  let bytes: Uint8Array[] = [];
  let open = '';
  let at = 0;
  const close = () => {
    if (bytes.length > 0) parts.push(decoded({ charset: open, bytes }) ?? '');
    bytes = [];
  };
  for (const match of joined.matchAll(ENCODED)) {
    const [all, written = '', form = '', content = ''] = match;
    const charset = written.toLowerCase();
    const word = form.toLowerCase() === 'b' ? Uint8Array.from(Buffer.from(content, 'base64')) : fromQ(content);
    const before = joined.slice(at, match.index);
    const isKnown = decoded({ charset, bytes: [word] }) !== undefined;
    // A character may be cut in two at the end of a word.
    if (before !== '' || charset !== open || !isKnown) close();
    parts.push(before);
    if (isKnown) bytes.push(word);
    else parts.push(all);
    open = charset;
    at = match.index + all.length;
  }
  close();
  parts.push(joined.slice(at));
  return parts.join('');
}
