import * as z from 'zod/mini';
import { ApiProblem } from './problem.ts';

const Cursors = z.record(z.string(), z.string());

/** Where each connection goes on, by its id; one that is absent has ended. */
export type Places = ReadonlyMap<string, string>;

/** One cursor for a list over several connections; null when all have ended. */
export function cursorOf(places: Places): string | null {
  if (places.size === 0) return null;
  const bytes = new TextEncoder().encode(JSON.stringify(Object.fromEntries(places)));
  const base64 = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  return base64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

export function placesOf(cursor: string): Places {
  try {
    const binary = atob(cursor.replaceAll('-', '+').replaceAll('_', '/'));
    const text = new TextDecoder('utf-8', { fatal: true }).decode(
      Uint8Array.from(binary, (character) => character.charCodeAt(0)),
    );
    return new Map(Object.entries(Cursors.parse(JSON.parse(text))));
  } catch {
    throw new ApiProblem('invalid', 'This cursor is not one of ours; start again without it.');
  }
}
