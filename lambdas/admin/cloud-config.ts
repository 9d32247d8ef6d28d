import { checkUrl } from '../../adapters/node/address-guard.ts';
import { checkSmtpUrl } from '../../adapters/node/smtp-url.ts';
import { checkConfig } from '../../shared/app/check-config.ts';
import type { Config } from '../../shared/config/schema.ts';
import { type ParameterSecret, readSecret } from '../../shared/config/secret.ts';
import { UserError } from '../../shared/failure.ts';
import { TICK_MS } from '../runtime/slots.ts';

/** Parameters the deployed functions may read; serverless.yml's `parameters`. */
export const PARAMETERS = '/replybus/';
const PATH = /^\/[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*$/;
const ENTRY = /^[A-Za-z0-9_.-]+$/;
/** A deployment calls nothing private. */
const PUBLIC = { allowPrivate: false };

export interface NeededParameter {
  readonly path: string;
  /** Entries of it are named, so it is to hold a JSON object. */
  readonly isObject: boolean;
}

function parameterOf(text: string, where: string): ParameterSecret {
  const secret = readSecret(text);
  const advice = `put it into the parameter store and write "ssm:${PARAMETERS}NAME"`;
  if (secret.kind === 'env')
    throw new UserError(`${where}: a deployment knows nothing of this machine's environment; ${advice}.`);
  if (secret.kind === 'literal')
    throw new UserError(`${where}: the secret itself must not lie in a deployed config; ${advice}.`);
  if (!PATH.test(secret.path)) throw new UserError(`${where}: this is no path of the parameter store; ${advice}.`);
  if (!secret.path.startsWith(PARAMETERS))
    throw new UserError(`${where}: the functions may read parameters under ${PARAMETERS} only; ${advice}.`);
  if (secret.entry !== undefined && !ENTRY.test(secret.entry))
    throw new UserError(
      `${where}: after one "#" goes the name of an entry, of letters, digits, ".", "_" and "-"; write "ssm:${PARAMETERS}NAME#ENTRY".`,
    );
  return secret;
}

/** The parameters a config needs, each once. Throws for what a deployment could not use, with its place. */
export function checkForCloud(
  config: Config,
  file: string,
  warn: (sentence: string) => void = () => {},
): readonly NeededParameter[] {
  if (config.allowPrivateUrls)
    throw new UserError(`${file}, allowPrivateUrls: this is for one machine only; take it out for a deployment.`);
  const needed = new Map<string, NeededParameter>();
  checkConfig(config, {
    file,
    checkUrl: (url) => checkUrl(url, PUBLIC),
    checkMailUrl: (url) => checkSmtpUrl(url, PUBLIC),
    secret(text, where) {
      const { path, entry } = parameterOf(text, where);
      needed.set(path, { path, isObject: entry !== undefined || needed.get(path)?.isObject === true });
      return undefined;
    },
    place: 'the cloud',
    warn,
  });
  return [...needed.values()];
}

/** What a deployment does otherwise than the config asks. */
export function cloudWarnings({ poll }: Config): readonly string[] {
  const seconds = poll?.everySeconds ?? TICK_MS / 1_000;
  if (seconds * 1_000 >= TICK_MS) return [];
  return [`poll.everySeconds is ${seconds}; a deployment polls every 60 seconds.`];
}
