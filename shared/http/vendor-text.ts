import type { Json } from '../model.ts';

/** Characters of a vendor's own words we repeat. */
const WORDS_MAX = 200;
const WORDS_KEYS = ['error', 'message', 'detail', 'msg', 'reason', 'title'];

/** What a vendor says, fit to show and to log: one line, without control characters, addresses and the key. */
export function vendorText(text: string, apiKey: string): string {
  const keyless = apiKey.length > 0 ? text.replaceAll(apiKey, '[key]') : text;
  return keyless
    .slice(0, WORDS_MAX * 4)
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .replace(/[^\s@<>"'(),:;]+@[^\s@<>"'(),:;]+/g, '[address]')
    .trim()
    .slice(0, WORDS_MAX);
}

/** The first sentence found in an error body of unknown shape. */
export function wordsIn(body: Json | undefined, depth = 0): string | undefined {
  if (typeof body === 'string') return body.trim() || undefined;
  if (typeof body !== 'object' || body === null || depth > 3) return undefined;
  if (Array.isArray(body)) return wordsIn(body[0], depth + 1);
  const fields = new Map(Object.entries(body));
  for (const key of WORDS_KEYS) {
    const words = wordsIn(fields.get(key), depth + 1);
    if (words) return words;
  }
  return undefined;
}
