import addressparser from 'nodemailer/lib/addressparser';
import { decodeWords } from './encoded-words.ts';

export interface Addressed {
  readonly email: string;
  readonly name?: string;
}

/** A header of more is none that people write. */
const CHARACTERS_MAX = 50_000;
/** An address with nothing beside it, as rows of lists have it: what a parser would make of it is plain. */
const BARE = /^[\w+-]{1,64}(?:\.[\w+-]{1,64}){0,9}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,9}$/;
const EMPTY_BRACKETS = /[[(<]\s{0,9}[\])>]/g;

/** A name as a reader sees it: decoded, without the quotes some programs put around. */
function nameOf(written: string, email: string): string | undefined {
  const name = decodeWords(written)
    .replace(EMPTY_BRACKETS, '')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/^(["'])(.{1,500})\1$/, '$2')
    .trim();
  return name === '' || name.toLowerCase() === email.toLowerCase() ? undefined : name;
}

/**
 * The people of a header as RFC 5322 writes it, and as it is written otherwise: `;` for `,`, unquoted commas in names,
 * encoded words. Members of groups stand for the group; what has no address is nobody.
 */
export function addressesIn(header: string): readonly Addressed[] {
  if (!header.includes('@')) return [];
  if (BARE.test(header)) return [{ email: header }];
  const text = header
    .slice(0, CHARACTERS_MAX)
    .replace(/\bmailto:/gi, '')
    .replace(/＠/g, '@');
  return addressparser(text, { flatten: true }).flatMap(({ address, name }) => {
    const email = address.trim();
    if (!email.includes('@')) return [];
    const shown = nameOf(name, email);
    return [shown === undefined ? { email } : { email, name: shown }];
  });
}
