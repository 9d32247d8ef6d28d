import * as z from 'zod/mini';
import type { Json } from '../model.ts';
import type { ApiDeps } from './deps.ts';
import { bodyOf, queryOf } from './parse.ts';
import { type ProblemKind, problemOf } from './problem.ts';
import type { ApiRequest, ApiResponse } from './request.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';
export type Shape = z.ZodMiniType;
/** Who asks: a program with a token, or the command line of this machine. */
export type Caller = 'api' | 'cli';

export interface Incoming {
  readonly deps: ApiDeps;
  readonly request: ApiRequest;
  readonly by: Caller;
  /** What stands in the path's places, decoded. */
  readonly names: Readonly<Record<string, string>>;
}

/** What is said of a route in the OpenAPI document, and held to by it. */
interface Described {
  readonly operation: string;
  readonly summary: string;
  readonly description?: string;
  /** Needs no token. */
  readonly isOpen?: true;
  /** Takes the header Idempotency-Key. */
  readonly takesKey?: true;
  /** An answer of this status in place of 200 says so. */
  readonly status?: 201 | 202;
  /** A second status, for some answers of the same shape. */
  readonly otherwise?: { readonly status: number; readonly meaning: string };
  readonly examples?: Readonly<Record<string, { readonly summary: string; readonly value: Json }>>;
  /** Besides `invalid`, `unauthorized` and `internal`, which any route may answer. */
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
  run(incoming: Incoming): Promise<ApiResponse>;
}

type Names<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;
type Frozen<Value> = Value extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : Value extends object
    ? { readonly [Key in keyof Value]: Frozen<Value[Key]> }
    : Value;

export interface Call<Path extends string, Query extends Shape, Body extends Shape> {
  readonly deps: ApiDeps;
  readonly by: Caller;
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
  { deps, request, by, names }: Incoming,
  { query, body, isOpen }: Parts<Query, Body, Shape>,
): Call<Path, Query, Body> {
  const { idempotencyKey: key } = request;
  return {
    deps,
    by,
    names,
    // Who watches whether we live may add what it likes.
    query: isOpen ? {} : queryOf(query ?? Nothing, request),
    body: body === undefined ? {} : bodyOf(body, request),
    ...(key === undefined ? {} : { key }),
  } as Call<Path, Query, Body>;
}

export const plain = <Value>(value: Value): Json => JSON.parse(JSON.stringify(value));

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
      const status = parts.otherwise && isOtherwise(answer) ? parts.otherwise.status : (parts.status ?? 200);
      return { status, body: plain(answer) };
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
    run: async (incoming) => ({ status: 200, lines: lines(run(callOf(incoming, parts))) }),
  };
}

/** The status has been sent when a stream fails: its last line is the problem document. */
async function* lines(items: AsyncIterable<unknown>): AsyncGenerator<Json> {
  try {
    for await (const item of items) yield plain(item);
  } catch (error) {
    yield problemOf(error).body;
  }
}
