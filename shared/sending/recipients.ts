import { domainToASCII } from 'node:url';

/** Recipients of one mail, To, Cc and Bcc together. */
export const RECIPIENTS_MAX = 10;
const ADDRESS_CHARACTERS_MAX = 254;
const LOCAL_CHARACTERS_MAX = 64;

/** RFC 5322 dot-atom, without the quoted forms in which one address can hide another. */
const LOCAL = /^[A-Za-z0-9!#$&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$&'*+/=?^_`{|}~-]+)*$/;
const LABELS = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$/;
/** A domain as a person types it; what else converts to ASCII (percent signs, invisible characters) is not one. */
const TYPED_DOMAIN = /^[\p{L}\p{M}\p{N}.-]+$/u;

/** The address with its domain as mail servers know it; undefined for anything but one bare address. */
export function bareRecipient(text: string): string | undefined {
  const at = text.lastIndexOf('@');
  if (at < 1 || text.length > ADDRESS_CHARACTERS_MAX) return undefined;
  const local = text.slice(0, at);
  const typed = text.slice(at + 1);
  if (!LOCAL.test(local) || local.length > LOCAL_CHARACTERS_MAX || !TYPED_DOMAIN.test(typed)) return undefined;
  const domain = domainToASCII(typed).toLowerCase();
  // What looks like ASCII must not turn into something else on the way.
  const isPlain = /^[A-Za-z0-9.-]+$/.test(typed);
  if (!LABELS.test(domain) || (isPlain && domain !== typed.toLowerCase())) return undefined;
  return `${local}@${domain}`;
}

export type Checked = { readonly addresses: readonly string[] } | { readonly problem: string };

/** Every entry must be one bare address. The problem names the entry by its number and never quotes it. */
export function checkRecipients(field: string, entries: readonly string[]): Checked {
  const addresses: string[] = [];
  for (const [index, entry] of entries.entries()) {
    const address = bareRecipient(entry.trim() === entry ? entry : '');
    if (address === undefined) {
      return {
        problem: `Number ${index + 1} in "${field}" is not a plain e-mail address; write one address per entry, like jane@acme.example, without a name around it.`,
      };
    }
    if (!addresses.includes(address)) addresses.push(address);
  }
  return { addresses };
}
