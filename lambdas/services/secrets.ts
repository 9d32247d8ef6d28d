import type { SSMClient } from '@aws-sdk/client-ssm';
import { type Found, foundSecret, type ParameterSecret, readSecret, type Secrets } from '../../shared/config/secret.ts';
import type { Clock } from '../../shared/ports.ts';
import { entriesOf } from './entries.ts';

/** How long a value is used without being read again. */
export const FRESH_MS = 5 * 60_000;
/** Source: AWS, GetParameters takes at most ten names. */
const NAMES_MAX = 10;

interface Kept {
  /** Undefined for a parameter that does not exist. */
  readonly value?: string;
  readonly version?: number;
  readonly readAt: number;
  /** Of this value, once an entry was asked for. */
  readonly entry?: (name: string) => Found;
}

interface Parameter {
  readonly version: number;
  readonly value: string;
}

/** Undefined for what a config in the cloud may not hold. */
function parameterOf(text: string): ParameterSecret | undefined {
  const secret = readSecret(text);
  return secret.kind === 'ssm' ? secret : undefined;
}

export interface Parameters {
  /** Versions alone, which cost nothing: nothing is decrypted. What does not exist is absent. */
  versions(paths: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Decrypted, each a call of the key service on the bill. */
  values(paths: readonly string[]): Promise<ReadonlyMap<string, Parameter>>;
}

/**
 * Secrets of the parameter store, kept by parameter: all entries of one cost one decryption. While the store answers, none
 * is used for more than five minutes without asking whether it has changed.
 */
export class ParameterSecrets implements Secrets {
  readonly #parameters: Parameters;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #kept = new Map<string, Kept>();
  readonly #asking = new Map<string, Promise<void>>();
  #version = 0;

  constructor(parameters: Parameters, clock: Pick<Clock, 'now'>) {
    this.#parameters = parameters;
    this.#clock = clock;
  }

  get version(): number {
    return this.#version;
  }

  /** Asks for what is not fresh any more. When the parameter store does not answer, what is known stays in use. */
  async refresh(texts: readonly string[]): Promise<void> {
    const paths = texts.flatMap((text) => parameterOf(text)?.path ?? []);
    const now = this.#clock.now();
    const stale = [...new Set(paths)].filter((path) => now - (this.#kept.get(path)?.readAt ?? -Infinity) >= FRESH_MS);
    for (let from = 0; from < stale.length; from += NAMES_MAX) {
      await this.#unlessKnown(stale.slice(from, from + NAMES_MAX), async (some) => await this.#renew(some));
    }
  }

  get(text: string): Found {
    const parameter = parameterOf(text);
    return parameter ? this.#find(parameter) : { lack: 'secret' };
  }

  advice(text: string): string {
    const parameter = parameterOf(text);
    if (parameter?.entry === undefined)
      return `put it into the parameter store under ${parameter?.path ?? '/replybus/'}`;
    return `make it the entry "${parameter.entry}" of the JSON object in the parameter ${parameter.path}`;
  }

  #find({ path, entry }: ParameterSecret): Found {
    const kept = this.#kept.get(path);
    if (kept?.value === undefined) return { lack: 'secret' };
    if (entry === undefined) return foundSecret(kept.value);
    if (kept.entry) return kept.entry(entry);
    const find = entriesOf(kept.value);
    this.#kept.set(path, { ...kept, entry: find });
    return find(entry);
  }

  /**
   * Asks past the cache whether the parameter has changed: the vendor has just refused what we had. Those who ask at the same
   * time, as when all keys of one parameter are refused, ask once.
   */
  async again(text: string): Promise<string | undefined> {
    const parameter = parameterOf(text);
    if (!parameter) return undefined;
    await (this.#asking.get(parameter.path) ?? this.#ask(parameter.path));
    const found = this.#find(parameter);
    return 'lack' in found ? undefined : found.value;
  }

  #ask(path: string): Promise<void> {
    const asking = this.#unlessKnown([path], async (some) => await this.#renew(some)).finally(() => {
      this.#asking.delete(path);
    });
    this.#asking.set(path, asking);
    return asking;
  }

  async #unlessKnown(paths: readonly string[], read: (paths: readonly string[]) => Promise<void>): Promise<void> {
    try {
      await read(paths);
    } catch (error) {
      if (paths.some((path) => this.#kept.get(path)?.value === undefined)) throw error;
    }
  }

  async #renew(paths: readonly string[]): Promise<void> {
    const known = paths.filter((path) => this.#kept.get(path)?.value !== undefined);
    const versions = known.length > 0 ? await this.#parameters.versions(known) : new Map<string, number>();
    const readAt = this.#clock.now();
    const isSame = (path: string) => known.includes(path) && versions.get(path) === this.#kept.get(path)?.version;
    for (const path of paths.filter(isSame)) this.#kept.set(path, { ...this.#kept.get(path), readAt });
    await this.#load(paths.filter((path) => !isSame(path)));
  }

  async #load(paths: readonly string[]): Promise<void> {
    if (paths.length === 0) return;
    const found = await this.#parameters.values(paths);
    const readAt = this.#clock.now();
    for (const path of paths) {
      const parameter = found.get(path);
      if (parameter?.value !== this.#kept.get(path)?.value) this.#version += 1;
      this.#kept.set(path, { ...parameter, readAt });
    }
  }
}

/** The client is loaded when the first secret is read. */
export function ssmParameters(open?: () => SSMClient): Parameters {
  let client: SSMClient | undefined;
  async function read(paths: readonly string[], WithDecryption: boolean) {
    const { GetParametersCommand, SSMClient: Client } = await import('@aws-sdk/client-ssm');
    client ??= open?.() ?? new Client({});
    const { Parameters = [] } = await client.send(new GetParametersCommand({ Names: [...paths], WithDecryption }));
    return Parameters.flatMap(({ Name, Value, Version = 0 }) =>
      Name && Value ? [{ path: Name, value: Value, version: Version }] : [],
    );
  }
  return {
    versions: async (paths) => new Map((await read(paths, false)).map(({ path, version }) => [path, version])),
    values: async (paths) =>
      new Map((await read(paths, true)).map(({ path, value, version }) => [path, { value, version }])),
  };
}
