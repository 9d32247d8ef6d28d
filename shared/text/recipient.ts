import { domainToASCII, domainToUnicode } from 'node:url';

/** RFC 5321 section 4.5.3.1: of a path without its angle brackets, and of a local part. */
const ADDRESS_CHARACTERS_MAX = 254;
const LOCAL_CHARACTERS_MAX = 64;

/** RFC 5322 dot-atom, without the quoted forms in which one address can hide another, and without the percent sign of old routes. */
const LOCAL = /^[A-Za-z0-9!#$&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$&'*+/=?^_`{|}~-]+)*$/;
/** Labels as mail servers know them, the last one no number: an IP address is no domain. */
const LABELS = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$/;
const ASCII_DOMAIN = /^[A-Za-z0-9.-]+$/;
/** A domain as a person types it; what else converts to ASCII (percent signs, invisible characters) is not one. */
const TYPED_DOMAIN = /^[\p{L}\p{M}\p{N}.-]+$/u;

/** Scripts with letters that look like those of another one of them; a label keeps to one. */
const ALIKE = [/\p{sc=Latin}/u, /\p{sc=Cyrillic}/u, /\p{sc=Greek}/u, /\p{sc=Armenian}/u, /\p{sc=Cherokee}/u];
/** Cyrillic letters that look Latin. A label of nothing else imitates a Latin one. Source: Chrome's IDN display rules. */
const LOOKS_LATIN = /^[асԁеһіјӏорԛѕԝхуъьҽпгѵѡ0-9-]*[асԁеһіјӏорԛѕԝхуъьҽпгѵѡ][асԁеһіјӏорԛѕԝхуъьҽпгѵѡ0-9-]*$/u;
/** Letters of phonetic script that look like everyday ones. */
const PHONETIC = /[\u0250-\u0252\u0261\u026a\u1d00-\u1dbf]/;

function imitates(label: string, topLevel: string): boolean {
  if (PHONETIC.test(label) || ALIKE.filter((script) => script.test(label)).length > 1) return true;
  return LOOKS_LATIN.test(label) && !/\p{sc=Cyrillic}/u.test(topLevel);
}

/** In ASCII a label of `xn--` must stand for letters that may stand in a domain. */
function fromAscii(typed: string): string | undefined {
  const domain = typed.toLowerCase();
  const isEmptyLabel = (label: string) => label.startsWith('xn--') && domainToUnicode(label) === label;
  return domain.split('.').some(isEmptyLabel) ? undefined : domain;
}

/** A domain in other letters must read back as it was typed: what is folded into other letters on the way is another domain. */
function fromUnicode(typed: string): string | undefined {
  const shown = typed.normalize('NFC').toLowerCase();
  const domain = domainToASCII(typed);
  if (domain === '' || domainToUnicode(domain) !== shown) return undefined;
  const labels = shown.split('.');
  return labels.some((label) => imitates(label, labels.at(-1) ?? '')) ? undefined : domain;
}

/** The address with its domain as mail servers know it; undefined for anything but one bare address. */
export function bareRecipient(text: string): string | undefined {
  const at = text.lastIndexOf('@');
  if (at < 1 || at > LOCAL_CHARACTERS_MAX || text.length > ADDRESS_CHARACTERS_MAX) return undefined;
  const local = text.slice(0, at);
  const typed = text.slice(at + 1);
  if (!LOCAL.test(local) || !TYPED_DOMAIN.test(typed)) return undefined;
  const domain = ASCII_DOMAIN.test(typed) ? fromAscii(typed) : fromUnicode(typed);
  if (domain === undefined || !LABELS.test(domain)) return undefined;
  const address = `${local}@${domain}`;
  return address.length > ADDRESS_CHARACTERS_MAX ? undefined : address;
}
