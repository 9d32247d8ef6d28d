import { SECONDS } from './polled.ts';
import type { Config } from './schema.ts';

/*
 * What only a person who writes a config is told. The schema does not refuse it: it also reads what is in force already in a
 * deployment, which must not stop over a name that stands there twice. Editors know the same from what the schema says of
 * its fields.
 */

export interface Mistake {
  readonly path: readonly PropertyKey[];
  /** The rest of a sentence about what stands there. */
  readonly complaint: string;
}

function mistakeInTexts(texts: readonly string[]): Mistake | undefined {
  if (texts.length > 1 && texts.includes('*'))
    return { path: [], complaint: 'must be ["*"] alone, since that stands for all' };
  const twice = texts.findIndex((text, index) => texts.indexOf(text) !== index);
  return twice === -1 ? undefined : { path: [twice], complaint: 'is named twice' };
}

const within = (key: PropertyKey, mistake: Mistake | undefined): Mistake | undefined =>
  mistake && { ...mistake, path: [key, ...mistake.path] };

function first<Item>(items: readonly Item[], find: (item: Item) => Mistake | undefined): Mistake | undefined {
  for (const item of items) {
    const found = find(item);
    if (found) return found;
  }
  return undefined;
}

const areTexts = (list: readonly unknown[]): list is readonly string[] =>
  list.every((item) => typeof item === 'string');

/** Lists of texts and the texts in them, wherever they stand: a setting that comes later is looked at too. */
function mistakeIn(value: unknown): Mistake | undefined {
  if (typeof value === 'string') return value.trim() === '' ? { path: [], complaint: 'must not be empty' } : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  if (!Array.isArray(value)) return first(Object.entries(value), ([key, entry]) => within(key, mistakeIn(entry)));
  if (value.length === 0) return { path: [], complaint: 'must name at least one, or be left out' };
  return (
    first([...value.entries()], ([index, entry]) => within(index, mistakeIn(entry))) ??
    (areTexts(value) ? mistakeInTexts(value) : undefined)
  );
}

/** The first mistake, if there is one. A config without any sink is none: events are recorded. */
export function mistakeInWriting({ sinks = [], ...config }: Config): Mistake | undefined {
  const found =
    mistakeIn(config) ??
    first([...sinks.entries()], ([index, sink]) => within('sinks', within(index, mistakeIn(sink))));
  if (found) return found;
  const isWhole = Number.isInteger(config.poll?.everySeconds ?? 1);
  return isWhole ? undefined : { path: ['poll', 'everySeconds'], complaint: SECONDS };
}
