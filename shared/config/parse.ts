import type * as z from 'zod/mini';
import { UserError } from '../failure.ts';
import { type Config, ConfigSchema } from './schema.ts';

type Issue = z.core.$ZodIssue;

const pathText = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : `${text}${text === '' ? '' : '.'}${String(part)}`),
    '',
  );

function at(file: string, path: readonly PropertyKey[]): string {
  return path.length === 0 ? file : `${file}, ${pathText(path)}`;
}

const isStranger = ({ code, path }: Issue) => code === 'unrecognized_keys' && path.length === 0;

/** Of a union the branch is meant that knows all keys that are there, else the one that failed last. */
function deepest(issue: Issue): Issue {
  if (issue.code !== 'invalid_union') return issue;
  const knowing = issue.errors.filter((branch) => !branch.some(isStranger));
  const meant = (knowing.length > 0 ? knowing : issue.errors).flat();
  const inner = meant.toSorted((left, right) => right.path.length - left.path.length)[0];
  return inner ? { ...deepest(inner), path: [...issue.path, ...inner.path] } : issue;
}

function complaint(issue: Issue): string {
  switch (issue.code) {
    case 'unrecognized_keys':
      return `unknown key ${issue.keys.map((key) => `"${key}"`).join(', ')}; correct its spelling or remove it.`;
    case 'invalid_type':
      return issue.input === undefined
        ? `this is missing; add it as ${nameOf(issue.expected)}.`
        : `this must be ${nameOf(issue.expected)}; correct it.`;
    case 'invalid_value':
      return `this must be ${issue.values.map((value) => `"${String(value)}"`).join(' or ')}; correct it.`;
    case 'invalid_union':
      return 'this has none of the forms allowed here; compare it with replybus.config.schema.json.';
    default:
      return `this ${issue.message}; correct it.`;
  }
}

function nameOf(type: string): string {
  if (type === 'int') return 'a whole number';
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}

function duplicate(ids: readonly string[]): string | undefined {
  return ids.find((id, index) => ids.indexOf(id) !== index);
}

/** What the schema cannot say: ids are unique, and sinks name connections that exist. */
function checkNames(config: Config, file: string): void {
  const connections = config.connections.map(({ id }) => id);
  const sinks = config.sinks ?? [];
  const twice = duplicate(connections);
  if (twice) throw new UserError(`${file}, connections: the id "${twice}" is used twice; give each its own.`);
  const sinkTwice = duplicate(sinks.map(({ id }) => id));
  if (sinkTwice) throw new UserError(`${file}, sinks: the id "${sinkTwice}" is used twice; give each its own.`);
  for (const [index, sink] of sinks.entries()) {
    const stranger = (sink.connections ?? []).find((id) => id !== '*' && !connections.includes(id));
    if (stranger === undefined) continue;
    throw new UserError(
      `${at(file, ['sinks', index, 'connections'])}: there is no connection "${stranger}"; name one of ${connections.join(', ')}, or "*".`,
    );
  }
}

/** Parsed JSON -> config. Every mistake is one sentence that names the file, the place in it, and what to do. */
export function parseConfig(json: unknown, file: string): Config {
  const result = ConfigSchema.safeParse(json, { reportInput: true });
  if (result.success) {
    checkNames(result.data, file);
    return result.data;
  }
  const [first] = result.error.issues;
  if (!first) throw new UserError(`${file} is not a config of Replybus; compare it with replybus.config.schema.json.`);
  const issue = deepest(first);
  throw new UserError(`${at(file, issue.path)}: ${complaint(issue)}`);
}
