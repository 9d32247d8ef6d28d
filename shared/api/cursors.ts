import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { ApiProblem } from './problem.ts';

/** The list a cursor is of, and the filters it holds for: with others it would leave something out, or show it twice. */
export interface CursorOf {
  readonly list: string;
  readonly filters: Readonly<Record<string, unknown>>;
}

const TAG_LENGTH = 10;

function tagOf({ list, filters }: CursorOf): string {
  const given = Object.entries(filters).filter(([, value]) => value !== undefined);
  const text = JSON.stringify([list, given.sort(([left], [right]) => (left < right ? -1 : 1))]);
  return createHash('sha256').update(text).digest('base64url').slice(0, TAG_LENGTH);
}

/** A place in a list, as the caller hands it back. */
export function cursorAt(of: CursorOf, place: unknown): string {
  return Buffer.from(JSON.stringify([tagOf(of), place])).toString('base64url');
}

const Cursor = z.tuple([z.string(), z.unknown()]);

function foreign(): never {
  throw new ApiProblem('invalid', 'This cursor is not one of this list with these filters; start again without it.');
}

function decoded(cursor: string): readonly [string, unknown] {
  try {
    const bytes = Buffer.from(cursor, 'base64url');
    return Cursor.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
  } catch {
    return foreign();
  }
}

export function placeAt<Shape extends z.ZodMiniType>(shape: Shape, of: CursorOf, cursor: string): z.infer<Shape> {
  const [tag, given] = decoded(cursor);
  const place = shape.safeParse(given);
  return tag === tagOf(of) && place.success ? place.data : foreign();
}
