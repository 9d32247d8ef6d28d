import { bareRecipient } from '../text/recipient.ts';

/** Recipients of one mail, To, Cc and Bcc together. */
export const RECIPIENTS_MAX = 10;

export type Checked = { readonly addresses: readonly string[] } | { readonly problem: string };

/** Every entry must be one bare address; each is kept once. The problem names the entry by its number and never quotes it. */
export function checkRecipients(field: string, entries: readonly string[]): Checked {
  const addresses = new Map<string, string>();
  for (const [index, entry] of entries.entries()) {
    const address = bareRecipient(entry);
    if (address === undefined) {
      return {
        problem: `Number ${index + 1} in "${field}" is not a plain e-mail address; write one address per entry, like jane@acme.example, without a name around it.`,
      };
    }
    // Jane@ and jane@ are one mailbox at every server that matters, and two mails in it.
    const mailbox = address.toLowerCase();
    if (!addresses.has(mailbox)) addresses.set(mailbox, address);
  }
  return { addresses: [...addresses.values()] };
}
