/** What a case expects of a text, judged after runs of white space are one space and invisible marks are left out. */
export interface Expected {
  readonly equals?: unknown;
  readonly oneOf?: readonly unknown[];
  readonly contains?: readonly string[];
  readonly lacks?: readonly string[];
}

export const plain = (text: string): string =>
  text
    .replace(/\p{DI}/gu, '')
    .replace(/\s+/g, ' ')
    .trim();

/** What is wrong with it, in words; undefined where nothing is. */
export function faultOf(text: string, { equals, oneOf, contains = [], lacks = [] }: Expected): string | undefined {
  const seen = plain(text);
  if (typeof equals === 'string' && seen !== plain(equals))
    return `is ${JSON.stringify(seen)}, not ${JSON.stringify(equals)}`;
  if (oneOf && !oneOf.includes(seen)) return `is ${JSON.stringify(seen)}, none of those allowed`;
  const missing = contains.find((words) => !seen.includes(plain(words)));
  if (missing !== undefined) return `lacks ${JSON.stringify(missing)}: ${JSON.stringify(seen)}`;
  const kept = lacks.find((words) => seen.includes(plain(words)));
  return kept === undefined ? undefined : `still has ${JSON.stringify(kept)}: ${JSON.stringify(seen)}`;
}
