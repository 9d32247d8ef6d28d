import type { Json } from '../model.ts';

/** Deeper JSON parses, but overflows the stack of whoever clones or prints it later. */
export const DEPTH_MAX = 64;

/** The JSON, or a short name of what is wrong with the text. Never quotes the text: it may hold mail. */
export type Reading = { readonly json: Json } | { readonly problem: string };

function tooDeep(json: Json): boolean {
  let level: readonly Json[] = [json];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEPTH_MAX) return true;
    const next: Json[] = [];
    for (const value of level) {
      if (typeof value === 'object' && value !== null) for (const child of Object.values(value)) next.push(child);
    }
    level = next;
  }
  return false;
}

/** Half a surrogate pair changes on its way through UTF-8, so hashes made before and after would differ. */
function wellFormed(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? value.toWellFormed() : value;
}

export function readJson(body: string): Reading {
  const text = body.startsWith('\uFEFF') ? body.slice(1) : body;
  if (text.trim() === '') return { problem: 'the answer is empty' };
  try {
    const json: Json = /\\u[dD][89a-fA-F]/.test(text) ? JSON.parse(text, wellFormed) : JSON.parse(text);
    return tooDeep(json) ? { problem: `the answer is nested deeper than ${DEPTH_MAX} levels` } : { json };
  } catch {
    return { problem: 'the answer is not JSON' };
  }
}
