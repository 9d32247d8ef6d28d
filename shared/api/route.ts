import * as z from 'zod/mini';
import type { Json } from '../model.ts';
import { json, ndjson } from './answer.ts';
import type { ApiDeps } from './deps.ts';
import { bodyOf, queryOf } from './parse.ts';
import { type ProblemKind, problemOf } from './problem.ts';
import type { Caller, Scope } from './scopes.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';
export type Shape = z.ZodMiniType;

export interface Incoming {
  readonly deps: ApiDeps;
  readonly caller: Caller;
  /** What stands in the path's places, decoded. */
  readonly names: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The Idempotency-Key header as sent. */
  readonly key?: string;
  readonly body: string;
}

/** What is said of a route in the OpenAPI document, and held to by it. */
interface Described {
  readonly operation: string;
  readonly summary: string;
  readonly description?: string;
  /** What the token must be good for; without it any token will do, and `open` needs none. */
  readonly scope?: Scope | 'open';
  /** Nothing that the page of this machine does, and what comes of it would outlive the page's token. */
  readonly notForPage?: true;
  /** Takes the header Idempotency-Key. */
  readonly takesKey?: true;
  /** Takes files, so its body may be large. */
  readonly takesFiles?: true;
  /** An answer of this status in place of 200 says so. */
  readonly status?: 201 | 202;
  /** A second status, for some answers of the same shape. */
  readonly otherwise?: { readonly status: number; readonly meaning: string };
  readonly examples?: Readonly<Record<string, { readonly summary: string; readonly value: Json }>>;
  /** Besides `invalid`, `unauthorized`, `forbidden` and `internal`, which any route may answer. */
  readonly problems?: readonly ProblemKind[];
}

export interface Route extends Described {
  readonly method: Method;
  /** With its places in braces. */
  readonly path: string;
  readonly query?: Shape;
  readonly body?: Shape;
  /** Of the answer, or of one line of a stream. */
  readonly answer: Shape;
  readonly isStream?: true;
  run(incoming: Incoming): Promise<Response>;
}

type Names<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;
type Frozen<Value> = Value extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : Value extends object
    ? { readonly [Key in keyof Value]: Frozen<Value[Key]> }
    : Value;

export interface Call<Path extends string, Query extends Shape, Body extends Shape> {
  readonly deps: ApiDeps;
  readonly caller: Caller;
  readonly key?: string;
  readonly names: Readonly<Record<Names<Path>, string>>;
  readonly query: z.infer<Query>;
  readonly body: z.infer<Body>;
}

const Nothing = z.strictObject({});
const Anything = z.unknown();

interface Parts<Query extends Shape, Body extends Shape, Answer extends Shape> extends Described {
  readonly query?: Query;
  readonly body?: Body;
  readonly answer: Answer;
}

function callOf<Path extends string, Query extends Shape, Body extends Shape>(
  { query: given, body: text, ...incoming }: Incoming,
  { query, body, scope }: Parts<Query, Body, Shape>,
): Call<Path, Query, Body> {
  return {
    ...incoming,
    // Who watches whether we live may add what it likes.
    query: scope === 'open' ? {} : queryOf(query ?? Nothing, given),
    body: body === undefined ? {} : bodyOf(body, text),
  } as Call<Path, Query, Body>;
}

type Run<Call, Answer> = (call: Call) => Promise<Answer>;

export function route<
  const Path extends string,
  Answer extends Shape,
  Query extends Shape = typeof Nothing,
  Body extends Shape = typeof Anything,
>(
  method: Method,
  path: Path,
  parts: Parts<Query, Body, Answer>,
  run: Run<Call<Path, Query, Body>, Frozen<z.infer<Answer>>>,
  isOtherwise: (answer: Frozen<z.infer<Answer>>) => boolean = () => false,
): Route {
  return {
    ...parts,
    method,
    path,
    async run(incoming) {
      const answer = await run(callOf(incoming, parts));
      return json(answer, parts.otherwise && isOtherwise(answer) ? parts.otherwise.status : parts.status);
    },
  };
}

/** A long answer, line by line. */
export function streamRoute<const Path extends string, Line extends Shape, Body extends Shape>(
  method: Method,
  path: Path,
  parts: Parts<typeof Nothing, Body, Line>,
  run: (call: Call<Path, typeof Nothing, Body>) => AsyncIterable<Frozen<z.infer<Line>>>,
): Route {
  return {
    ...parts,
    method,
    path,
    isStream: true,
    run: async (incoming) => ndjson(lines(run(callOf(incoming, parts)))),
  };
}

/** The status has been sent when a stream fails: its last line is the problem document. */
async function* lines(items: AsyncIterable<unknown>): AsyncGenerator<unknown> {
  try {
    yield* items;
  } catch (error) {
    yield problemOf(error);
  }
}
