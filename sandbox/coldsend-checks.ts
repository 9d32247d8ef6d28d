import type { HttpResponse } from '../shared/ports.ts';
import { header, json, type SandboxRequest, type Scene } from './exchange.ts';

/** Rows of a list's page where none are asked for. Source: "Query Parameters", Replies API page. */
export const LIMIT_DEFAULT = 20;

export type Scope = 'replies:read' | 'replies:create' | 'replies:update' | 'campaigns:read';

/** Source: ColdSend's errors and scopes pages, which show a 403 in three forms. */
function scopeBody(variant: Scene['switches']['coldsendScopeBody'], needed: Scope, granted: readonly string[]) {
  if (variant === 'text') return { detail: `Missing API key scopes: ${needed}` };
  const body = { detail: `Missing required scopes: ${needed}`, required: [needed], granted };
  return variant === 'lists' ? body : { error: 'insufficient_scopes', ...body };
}

/** The refusal a key earns, or nothing. Source: ColdSend's authentication pages for every text. */
export function refuseKey(scene: Scene, headers: SandboxRequest['headers'], needed: Scope): HttpResponse | undefined {
  const key = header(headers, 'x-api-key');
  if (!key) return json(scene, { detail: 'API key required. Include your API key in X-API-Key header.' }, 401);
  const { coldsendKeys, coldsendScopeBody } = scene.switches;
  const granted = Object.hasOwn(coldsendKeys, key) ? coldsendKeys[key] : undefined;
  if (!granted) return json(scene, { detail: 'Invalid or revoked API key' }, 401);
  const all = `${needed.slice(0, needed.indexOf(':'))}:all`;
  if (granted.includes(needed) || granted.includes(all) || granted.includes('*')) return undefined;
  return json(scene, scopeBody(coldsendScopeBody, needed, granted), 403);
}

/** One entry of a pydantic-shaped 422. */
export interface Issue {
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly type: string;
}

/** Source: ColdSend's errors page for the shape; FastAPI for the words. */
export const unprocessable = (scene: Scene, issues: readonly Issue[]) => json(scene, { detail: issues }, 422);

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

export const uuidIssues = (where: 'path' | 'query', name: string, value: string): Issue[] =>
  UUID.test(value) ? [] : [{ loc: [where, name], msg: 'Input should be a valid UUID', type: 'uuid_parsing' }];

/** What pydantic reads as a boolean: the page's curl sends `false`, its Python sample sends `False`. */
const BOOLEANS: Readonly<Record<string, boolean>> = {
  true: true,
  t: true,
  yes: true,
  y: true,
  on: true,
  '1': true,
  false: false,
  f: false,
  no: false,
  n: false,
  off: false,
  '0': false,
};

/** Reads query parameters as FastAPI does, gathering what is wrong with them. */
export class QueryReader {
  readonly issues: Issue[] = [];
  readonly #asked: URLSearchParams;

  constructor(query: string) {
    this.#asked = new URLSearchParams(query);
  }

  integer(name: string, fallback: number, max: number): number {
    const given = this.#asked.get(name);
    if (given === null) return fallback;
    const value = Number(given);
    if (!/^[+-]?\d+$/.test(given)) {
      this.#refuse(name, 'Input should be a valid integer, unable to parse string as an integer', 'int_parsing');
    } else if (value < 1) {
      this.#refuse(name, 'Input should be greater than or equal to 1', 'greater_than_equal');
    } else if (value > max) {
      this.#refuse(name, `Input should be less than or equal to ${max}`, 'less_than_equal');
    }
    return value;
  }

  boolean(name: string): boolean | undefined {
    const given = this.#asked.get(name);
    if (given === null) return undefined;
    const lower = given.toLowerCase();
    if (Object.hasOwn(BOOLEANS, lower)) return BOOLEANS[lower];
    this.#refuse(name, 'Input should be a valid boolean, unable to interpret input', 'bool_parsing');
    return undefined;
  }

  uuid(name: string): string | undefined {
    const given = this.#asked.get(name);
    if (given === null) return undefined;
    this.issues.push(...uuidIssues('query', name, given));
    return given.toLowerCase();
  }

  text(name: string): string | undefined {
    return this.#asked.get(name) ?? undefined;
  }

  #refuse(name: string, msg: string, type: string): void {
    this.issues.push({ loc: ['query', name], msg, type });
  }
}
