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

interface Word {
  readonly charset: string;
  readonly bytes: Uint8Array;
}

function decoded({ charset, bytes }: Word): string | undefined {
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Text of a header in which words are written as RFC 2047 demands; what is in no known charset stays as it is. */
export function decodeWords(text: string): string {
  if (!text.includes('=?')) return text;
  const joined = text.replace(BETWEEN, '$1');
  const parts: (string | Word)[] = [];
  let at = 0;
  for (const match of joined.matchAll(ENCODED)) {
    const [all, charset = '', form = '', content = ''] = match;
    const bytes = form.toLowerCase() === 'b' ? Uint8Array.from(Buffer.from(content, 'base64')) : fromQ(content);
    const word = { charset: charset.toLowerCase(), bytes };
    const before = joined.slice(at, match.index);
    const last = parts.at(-1);
    if (decoded(word) === undefined) parts.push(before + all);
    else if (before === '' && typeof last === 'object' && last.charset === word.charset)
      // A character may be cut in two at the end of a word.
      parts[parts.length - 1] = { charset: last.charset, bytes: Uint8Array.from([...last.bytes, ...bytes]) };
    else parts.push(before, word);
    at = match.index + all.length;
  }
  parts.push(joined.slice(at));
  return parts.map((part) => (typeof part === 'string' ? part : (decoded(part) ?? ''))).join('');
}
