import { UserError } from '../failure.ts';
import { complaintOf, type Issue, innermost, placeOf } from '../issues.ts';
import { type Config, ConfigSchema } from './schema.ts';
import { mistakeInWriting } from './written.ts';

const at = (file: string, path: readonly PropertyKey[]): string =>
  path.length === 0 ? file : `${file}, ${placeOf(path)}`;

/** "unknown key …" is said of what holds it, everything else of what is wrong itself. */
function sentenceOf(issue: Issue, given: unknown): string {
  if (issue.code !== 'unrecognized_keys') return `this ${complaintOf(issue, given)}`;
  return `unknown key ${issue.keys.map((key) => `"${key}"`).join(', ')}; correct its spelling or remove it.`;
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
  const result = ConfigSchema.safeParse(json);
  if (result.success) {
    const mistake = mistakeInWriting(result.data);
    if (mistake) throw new UserError(`${at(file, mistake.path)}: this ${mistake.complaint}; correct it.`);
    checkNames(result.data, file);
    return result.data;
  }
  const [first] = result.error.issues;
  if (!first) throw new UserError(`${file} is not a config of Replybus; compare it with replybus.config.schema.json.`);
  const issue = innermost(first);
  throw new UserError(`${at(file, issue.path)}: ${sentenceOf(issue, json)}`);
}
