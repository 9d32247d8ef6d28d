import type * as z from 'zod/mini';
import { complaintOf, type Issue, innermost, placeOf } from '../issues.ts';
import { ApiProblem } from './problem.ts';

const NAMES_TOLD_MAX = 3;
/** Names in our own shapes look like this; what does not is left out of a sentence. */
const NAME = /^[A-Za-z][A-Za-z0-9_]{0,39}$/;

function strangers(names: readonly string[], path: readonly PropertyKey[]): string {
  const where = path.length > 0 ? ` in ${placeOf(path)}` : '';
  const told = names.filter((name) => NAME.test(name)).slice(0, NAMES_TOLD_MAX);
  if (told.length === 0) return `There is something${where} that this request does not take; see /openapi.json.`;
  return `This request does not take ${told.map((name) => `"${name}"`).join(', ')}${where}; check the spelling or remove it.`;
}

function wrong(found: Issue, given: unknown): string {
  const issue = innermost(found);
  if (issue.code === 'unrecognized_keys') return strangers(issue.keys, issue.path);
  return `${issue.path.length > 0 ? `"${placeOf(issue.path)}"` : 'the body'} ${complaintOf(issue, given)}`;
}

const capital = (sentence: string) => sentence.charAt(0).toUpperCase() + sentence.slice(1);

function parsed<Shape extends z.ZodMiniType>(shape: Shape, value: unknown): z.infer<Shape> {
  const result = shape.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new ApiProblem('invalid', issue ? capital(wrong(issue, value)) : 'The request is not valid.');
}

export function queryOf<Shape extends z.ZodMiniType>(shape: Shape, query: URLSearchParams): z.infer<Shape> {
  const given = Object.fromEntries(query);
  const twice = Object.keys(given).find((name) => NAME.test(name) && query.getAll(name).length > 1);
  if (twice !== undefined) throw new ApiProblem('invalid', `"${twice}" is given more than once; give it once.`);
  return parsed(shape, given);
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiProblem('invalid', 'The body is not JSON; send a JSON object.');
  }
}

/** An empty body counts as `{}`. */
export function bodyOf<Shape extends z.ZodMiniType>(shape: Shape, body: string): z.infer<Shape> {
  return parsed(shape, json(body || '{}'));
}

/** The same without the keys that are there and undefined. */
export function present<Value extends object>(value: Value): { [Key in keyof Value]: Exclude<Value[Key], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as never;
}
