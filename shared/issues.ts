import type * as z from 'zod/mini';

export type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** `attachments[0].filename` */
export const placeOf = (path: Path): string =>
  path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index > 0 ? '.' : ''}${String(part)}`))
    .join('');

/** What zod says of a check that was given no words. */
const NO_WORDS = 'Invalid input';

const isStranger = ({ code, path }: Issue) => code === 'unrecognized_keys' && path.length === 0;

type Branch = readonly Issue[];

const only = (branches: readonly Branch[]): Branch | undefined => (branches.length === 1 ? branches[0] : undefined);

/** What is a text where an object is wanted, say, is no attempt at that branch. */
const isOtherKind = (branch: Branch) => branch.some(({ code, path }) => code === 'invalid_type' && path.length === 0);

/**
 * Of a union the branch is meant that knows all keys that are there, else the one that failed last. One that has words of
 * its own says them where no single branch is meant.
 */
export function innermost(issue: Issue): Issue {
  if (issue.code !== 'invalid_union') return issue;
  const attempts = issue.errors.filter((branch) => !isOtherKind(branch));
  const knowing = attempts.filter((branch) => !branch.some(isStranger));
  const single = only(knowing) ?? only(attempts.filter((branch) => branch.every(isStranger)));
  if (issue.message !== NO_WORDS && !single) return issue;
  const meant = single ?? [knowing, attempts, issue.errors].find((branches) => branches.length > 0)?.flat() ?? [];
  const inner = meant.toSorted((left, right) => right.path.length - left.path.length)[0];
  return inner ? { ...innermost(inner), path: [...issue.path, ...inner.path] } : issue;
}

const EXPECTED: Readonly<Record<string, string>> = {
  string: 'a text',
  boolean: 'true or false',
  number: 'a number',
  int: 'a whole number',
  array: 'a list',
  object: 'a JSON object',
};

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, name) => {
    return typeof at === 'object' && at !== null && Object.hasOwn(at, name) ? Reflect.get(at, name) : undefined;
  }, value);
}

/** What is wrong with what stands there and what to do, as the rest of a sentence: `given` is the whole that was parsed. */
export function complaintOf(issue: Issue, given: unknown): string {
  if (issue.message !== NO_WORDS && issue.message !== '') return `${issue.message}; correct it.`;
  if (valueAt(given, issue.path) === undefined) return 'is missing; add it.';
  switch (issue.code) {
    case 'invalid_type':
      return `has to be ${EXPECTED[issue.expected] ?? 'something else'}; correct it.`;
    case 'invalid_value':
      return `is one of ${issue.values.map(String).join(', ')}; correct it.`;
    case 'too_big':
      return `is too long: it takes at most ${issue.maximum} ${issue.origin === 'array' ? 'entries' : 'characters'}.`;
    case 'too_small':
      return 'is empty; fill it in, or leave it out where it is not needed.';
    default:
      return 'is not written as it should be; correct it.';
  }
}
