import { UserError } from '../failure.ts';

/** A parameter of the cloud, or one entry of the JSON object it holds. Both as written: neither is checked here. */
export interface ParameterSecret {
  readonly kind: 'ssm';
  readonly path: string;
  readonly entry?: string;
}

export type Secret =
  | { readonly kind: 'env'; readonly name: string }
  | ParameterSecret
  | { readonly kind: 'literal'; readonly value: string };

function readParameter(text: string): ParameterSecret {
  const sign = text.indexOf('#');
  if (sign === -1) return { kind: 'ssm', path: text };
  return { kind: 'ssm', path: text.slice(0, sign), entry: text.slice(sign + 1) };
}

/** "env:NAME", "ssm:/path", "ssm:/path#entry", or the secret itself. */
export function readSecret(text: string): Secret {
  if (text.startsWith('env:')) return { kind: 'env', name: text.slice('env:'.length) };
  if (text.startsWith('ssm:')) return readParameter(text.slice('ssm:'.length));
  return { kind: 'literal', value: text };
}

/** A secret, or why there is none to use now: a short reason for a log, in which nothing of the secret is. */
export type Found = { readonly value: string } | { readonly lack: string };

/** A secret as it is stored: what a file or a command put around it, such as the end of its line, is no part of it. */
export function foundSecret(stored: string | undefined): Found {
  const value = stored?.trim();
  return value ? { value } : { lack: 'secret' };
}

/** What the texts of a config stand for ("env:NAME", "ssm:/path#entry"). A secret can be missing now and there later. */
export interface Secrets {
  /** Grows with each value that changed: what was opened with an older one is to be opened again. */
  readonly version: number;
  /** Reads what is not known or not fresh any more. */
  refresh(texts: readonly string[]): Promise<void>;
  /** As it is known. */
  get(text: string): Found;
  /** Past every cache, when what we have was refused; undefined when it cannot be had. */
  again(text: string): Promise<string | undefined>;
  /** For a person: what to do so that it can be had, as the end of a sentence. */
  advice(text: string): string;
}

export interface SecretPlace {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** File and path in it, for the sentence. */
  readonly where: string;
  readonly warn: (sentence: string) => void;
}

/** The secret's value on this machine. No sentence ever quotes it. */
export function localSecret(text: string, { env, where, warn }: SecretPlace): string {
  const secret = readSecret(text);
  if (secret.kind === 'ssm') {
    throw new UserError(`${where}: "ssm:" is for the cloud; on this machine write "env:NAME" and set that variable.`);
  }
  if (secret.kind === 'literal') {
    warn(`${where} holds the secret itself; write "env:NAME" and set that variable instead.`);
    return secret.value.trim();
  }
  const found = foundSecret(env[secret.name]);
  if ('value' in found) return found.value;
  throw new UserError(
    `${where}: the environment variable ${secret.name || '(no name)'} is not set; set it and start again.`,
  );
}
