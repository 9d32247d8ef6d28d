import { withoutMarks } from '../text/marks.ts';

/** Characters of a tracking token; shorter ones stand in ordinary addresses. */
const TOKEN = /[\w-]{12,}/;

function parsed(address: string): URL | undefined {
  return URL.canParse(address) ? new URL(address) : undefined;
}

export const isAddress = (word: string): boolean => /^(?:https?:\/\/|www\.)\S+$/i.test(word);

/** As it leads: with a scheme, without the slash that means nothing. */
function canonical(address: string): string {
  const url = parsed(/^www\./i.test(address) ? `https://${address}` : address);
  return url ? url.href.replace(/\/$/, '') : address;
}

/** Whether a tracking address carries the target in itself, plain, percent-encoded or in base64. */
function carries(tracked: URL, target: string): boolean {
  const values = [...tracked.searchParams.values(), ...tracked.pathname.split('/')];
  return values.some((value) => {
    const decoded = Buffer.from(value, 'base64url').toString('utf8');
    return [value, safelyDecoded(value), decoded].some((one) => isAddress(one) && canonical(one) === canonical(target));
  });
}

function safelyDecoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

/** A redirect of another host, behind a token that nobody would write. */
function isOpaque(shown: URL, ours: string): boolean {
  const host = parsed(ours)?.host;
  return /^https?:$/.test(shown.protocol) && shown.host !== host && TOKEN.test(`${shown.pathname}${shown.search}`);
}

/**
 * Whether a link leads where ours does. Vendors that count clicks lead ours over an address of their own; one that carries
 * another target than ours is another link.
 */
export function leadsTo(shown: string, ours: string): boolean {
  if (canonical(shown) === canonical(ours)) return true;
  const url = parsed(shown);
  if (!url || !parsed(ours)) return false;
  if (carries(url, ours)) return true;
  const carriesAnother = [...url.searchParams.values()].some((value) => isAddress(safelyDecoded(value)));
  return !carriesAnother && isOpaque(url, ours);
}

/** A link a mail program makes of what is written: of an address, a mailbox, a telephone number, a domain. */
export function isMadeOf(word: string, link: string): boolean {
  const plain = withoutMarks(word, '<([{"\'«„“', '>)]}"\'»“”.,;:!?');
  const bare = link.replace(/^(?:mailto|tel):/i, '').replace(/[?#].*$/, '');
  if (plain.toLowerCase() === bare.toLowerCase()) return true;
  return plain.includes('.') && leadsTo(link, isAddress(plain) ? plain : `https://${plain}`);
}
