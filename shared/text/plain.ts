import type { Json, JsonObject } from '../model.ts';

const LINE_CHARACTERS_MAX = 1_000;

/** Control characters but tab and newline; C1 controls. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the point
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
/** Marks that turn the direction of text, with which a name can pretend to be another. */
const TURNS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** At most `characters` UTF-16 units, never half a surrogate pair. */
export function cut(text: string, characters: number): string {
  if (text.length <= characters) return text;
  const last = text.charCodeAt(characters - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? characters - 1 : characters);
}

/** Text of several lines: well formed, LF only, no control characters. */
export function cleanText(text: string): string {
  return text.toWellFormed().replace(/\r\n?/g, '\n').replace(CONTROLS, '');
}

/** A name, address or subject: one line that says what it seems to say. */
export function cleanLine(text: string): string {
  const line = text.toWellFormed().replace(/\s+/g, ' ').replace(CONTROLS, '').replace(TURNS, '');
  return cut(line, LINE_CHARACTERS_MAX).trim();
}

export function wellFormed(value: Json): Json {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value !== 'object' || value === null) return value;
  return isList(value) ? value.map(wellFormed) : wellFormedObject(value);
}

export function wellFormedObject(value: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(value).map(([key, held]) => [key.toWellFormed(), wellFormed(held)]));
}

function isList(value: readonly Json[] | JsonObject): value is readonly Json[] {
  return Array.isArray(value);
}
