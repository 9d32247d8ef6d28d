import type { AnswerView } from '../../api/shapes.ts';
import { readJson } from '../../http/read-json.ts';
import type { Json } from '../../model.ts';
import type { SeenAnswer } from '../../provider.ts';
import { vendorInstant } from '../../time.ts';

const DEPTH_MAX = 8;
const FIELDS_MAX = 300;
/** An object with more names than this is a table: its names are data. */
const NAMES_MAX = 40;
/** Texts are remembered up to this length, since a name that was also a value is not told. */
const NAME_CHARACTERS_MAX = 40;
const NAME = /^[A-Za-z_][A-Za-z_-]*\d{0,2}$/;
const TOLD_HEADERS = /^(?:(?:x-)?rate-?limit.*|retry-after|etag|last-modified|cache-control|content-encoding|date)$/;

/** All other times that are read name theirs. */
const ZONELESS = /^\d{4}-\d{2}-\d{2}[Tt ][\d:.,]+$/;

function textType(text: string): string {
  if (text === '') return 'empty text';
  if (/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return 'UUID';
  if (/^\d+$/.test(text)) return 'text of digits';
  if (vendorInstant(text) !== undefined) return ZONELESS.test(text.trim()) ? 'time without a zone' : 'time with a zone';
  if (/^https?:\/\//i.test(text)) return 'web address';
  if (/^[^\s@]+@[^\s@]+$/.test(text)) return 'mail address';
  return /<[a-z!/]/i.test(text) ? 'HTML' : 'text';
}

function numberType(value: number): string {
  if (!Number.isInteger(value)) return 'fraction';
  if (value >= 1e9 && value < 4e9) return 'number like seconds';
  if (value >= 1e12 && value < 4e12) return 'number like milliseconds';
  return 'number';
}

function typeOf(value: Json): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return textType(value);
  if (typeof value === 'number') return numberType(value);
  if (typeof value === 'boolean') return 'yes or no';
  if (Array.isArray(value)) return value.length === 0 ? 'empty list' : 'list';
  return 'object';
}

interface Field {
  seen: number;
  readonly types: Map<string, number>;
}

interface Operation {
  calls: number;
  readonly statuses: Map<string, number>;
  readonly headers: Set<string>;
  /** By path, as a list of names. */
  readonly fields: Map<string, Field>;
  readonly objects: Map<string, number>;
}

const count = (counts: Map<string, number>, name: string) => void counts.set(name, (counts.get(name) ?? 0) + 1);
const sorted = (counts: ReadonlyMap<string, number>) => Object.fromEntries([...counts].sort());

/** Learns how a vendor's answers look, and keeps no value of them that could be told. */
export class Shapes {
  readonly #operations = new Map<string, Operation>();
  readonly #values = new Set<string>();

  see({ operation: name, status, headers, body }: SeenAnswer): void {
    const known = this.#operations.get(name);
    const fresh = () => ({
      calls: 0,
      statuses: new Map(),
      headers: new Set<string>(),
      fields: new Map(),
      objects: new Map(),
    });
    const operation: Operation = known ?? fresh();
    if (!known) this.#operations.set(name, operation);
    operation.calls += 1;
    count(operation.statuses, String(status));
    for (const header of Object.keys(headers)) if (TOLD_HEADERS.test(header)) operation.headers.add(header);
    const reading = readJson(body);
    // What a refusal says is words; how it is wrapped is told by its status.
    if (status >= 200 && status < 300 && 'json' in reading) this.#learn(operation, reading.json, ['answer']);
  }

  #learn(operation: Operation, value: Json, path: readonly string[]): void {
    const key = JSON.stringify(path);
    const field = operation.fields.get(key) ?? { seen: 0, types: new Map<string, number>() };
    operation.fields.set(key, field);
    field.seen += 1;
    count(field.types, typeOf(value));
    if (typeof value === 'string' && value.length <= NAME_CHARACTERS_MAX) this.#values.add(value.toLowerCase());
    if (typeof value !== 'object' || value === null || path.length > DEPTH_MAX) return;
    if (Array.isArray(value)) for (const item of value) this.#learn(operation, item, [...path, '[]']);
    else {
      count(operation.objects, key);
      const entries = Object.entries(value);
      for (const [name, inner] of entries) {
        const told = entries.length <= NAMES_MAX && name.length <= NAME_CHARACTERS_MAX && NAME.test(name);
        this.#learn(operation, inner, [...path, told ? name : '*']);
      }
    }
  }

  /** A name that also came as a value may be somebody's: a table by lead, by label. */
  #toldPath(path: readonly string[]): string {
    const names = path.map((name, index) => (index > 0 && this.#values.has(name.toLowerCase()) ? '*' : name));
    return names.join('.').replaceAll('.[]', '[]');
  }

  #fieldsOf({ fields, objects }: Operation): AnswerView['fields'] {
    return [...fields].map(([key, { seen, types }]) => {
      const path: readonly string[] = JSON.parse(key);
      const parent = path.at(-1) === '[]' ? seen : (objects.get(JSON.stringify(path.slice(0, -1))) ?? seen);
      return { path: this.#toldPath(path), seen, of: parent, types: sorted(types) };
    });
  }

  told(): AnswerView[] {
    return [...this.#operations].map(([operation, seen]) => {
      const fields = this.#fieldsOf(seen);
      return {
        operation,
        calls: seen.calls,
        statuses: sorted(seen.statuses),
        headers: [...seen.headers].sort(),
        fields: fields.slice(0, FIELDS_MAX),
        cut: Math.max(0, fields.length - FIELDS_MAX),
      };
    });
  }
}
