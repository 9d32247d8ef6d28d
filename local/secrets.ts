import { type Found, foundSecret, readSecret, type Secrets } from '../shared/config/secret.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

function find(text: string, env: Environment): Found {
  const secret = readSecret(text);
  if (secret.kind === 'literal') return foundSecret(secret.value);
  return foundSecret(secret.kind === 'env' ? env[secret.name] : undefined);
}

/** Secrets of the environment, or written into the config. They stay as they were when the process began. */
export const environmentSecrets = (env: Environment): Secrets => ({
  version: 0,
  refresh: async () => {},
  get: (text) => find(text, env),
  again: async () => undefined,
  advice: (text) => `set the environment variable ${text.replace(/^env:/, '')} and start again`,
});
