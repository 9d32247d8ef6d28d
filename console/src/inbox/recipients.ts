/** Addresses as people put them into a field: one after another, with or without the name a mail program puts before them. */

const NAMED = /<([^<>]*)>/;
/** Whether it can be an address at all; which ones are good, the server knows. */
const ADDRESS = /^[^\s@<>"]+@[^\s@<>"]+$/;

/** A name in quotes may hold a comma. */
const withoutQuoted = (text: string): string => text.replace(/"[^"]*"/g, ' ');

export const addressesOf = (text: string): string[] =>
  withoutQuoted(text)
    .split(/[,;\n]/)
    .flatMap((entry) => {
      const named = NAMED.exec(entry);
      return named ? [named[1]?.trim() ?? ''] : ADDRESS.test(entry.trim()) ? [entry.trim()] : wordsOf(entry);
    })
    .filter((each) => each !== '');

/** Addresses with blanks between them; anything else stays whole, to be said as it was written. */
function wordsOf(entry: string): string[] {
  const words = entry.trim().split(/\s+/);
  return words.every((word) => ADDRESS.test(word)) ? words : [entry.trim()];
}

/** What in this field is no address, as a sentence; undefined when all are. */
export function complaintAbout(label: string, text: string): string | undefined {
  const wrong = addressesOf(text).find((each) => !ADDRESS.test(each));
  return wrong === undefined
    ? undefined
    : `“${wrong}” in ${label} is no e-mail address; write it like jane@acme.example.`;
}
