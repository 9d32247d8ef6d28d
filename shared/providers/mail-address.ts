import type { Person } from '../model.ts';
import { addressesIn } from '../text/addresses.ts';

/** The bare address in lower case, for comparing. */
export const bareAddress = (text: string): string => personOf(text).email.toLowerCase();

/** `Jane Doe <jane@acme.example>` or a bare address; without any, what is there. `name`: what the vendor says beside it. */
export function personOf(text: string | null | undefined, name?: string | null): Person {
  const [first] = addressesIn(text ?? '');
  const email = first?.email ?? (text ?? '').trim();
  const known = name?.trim() || first?.name;
  return known ? { email, name: known } : { email };
}

/** People of a header: an array, or text in the form of RFC 5322 or near it. */
export function peopleOf(value: string | readonly string[] | null | undefined): readonly Person[] {
  const texts = typeof value === 'string' ? [value] : (value ?? []);
  return texts.flatMap(addressesIn);
}
