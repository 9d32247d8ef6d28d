import type { Person } from '../model.ts';

const NAMED = /^\s*(.*?)\s*<([^<>]*)>\s*$/s;

/** The bare address in lower case, for comparing. */
export function bareAddress(text: string): string {
  return (NAMED.exec(text)?.[2] ?? text).trim().toLowerCase();
}

/** `Jane Doe <jane@acme.example>` or a bare address. `name`: what the vendor says beside it. */
export function personOf(text: string | null | undefined, name?: string | null): Person {
  const match = NAMED.exec(text ?? '');
  const email = (match?.[2] ?? text ?? '').trim();
  const known = name?.trim() || match?.[1]?.replace(/^"(.*)"$/, '$1').trim();
  return known ? { email, name: known } : { email };
}

/** People of a header: an array, or text with commas outside quotes. */
export function peopleOf(value: string | readonly string[] | null | undefined): readonly Person[] {
  const texts = typeof value === 'string' ? (value.match(/(?:"[^"]*"|[^,"])+/g) ?? []) : (value ?? []);
  return texts.filter((text) => text.trim() !== '').map((text) => personOf(text));
}

/** One bare address and nothing that could smuggle in a second one or a header. */
export function isBareAddress(text: string): boolean {
  return text.length <= 254 && /^[^\s@,;:<>"'()[\]\\\p{Cc}%]+@[^\s@,;:<>"'()[\]\\\p{Cc}%]+$/u.test(text);
}
