import type { ZapierCache } from './platform.ts';

/** A day outlives every window that is read again, and Zapier's own repetitions of a failed step. */
export const KEEP_SECONDS = 24 * 3_600;
/** Zapier names no limit for an entry; what is larger is not remembered and looked up again. Assumed. */
const ENTRY_CHARACTERS_MAX = 400_000;
/** Those who hold the same key share what is remembered. */
const SCOPE = ['auth'] as const;

/** What was learned by earlier calls. It only saves calls: any entry may be missing at any time. */
export interface Memory {
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown): Promise<void>;
  /** Sets what is not there yet. False: something is. */
  claim(key: string, value: unknown): Promise<boolean>;
  forget(key: string): Promise<void>;
}

export function memoryOf(cache: ZapierCache): Memory {
  const get = async (key: string) => {
    try {
      return (await cache.get(key, SCOPE)) ?? undefined;
    } catch {
      return undefined;
    }
  };
  return {
    get,
    async set(key, value) {
      if (JSON.stringify(value).length > ENTRY_CHARACTERS_MAX) return;
      await cache.set(key, value, KEEP_SECONDS, SCOPE).catch(() => undefined);
    },
    async claim(key, value) {
      if ((await get(key)) !== undefined) return false;
      // Whether a refusal to overwrite is told by `false` alone is not documented; only that word is taken for one.
      return (await cache.set(key, value, KEEP_SECONDS, SCOPE, true).catch(() => undefined)) !== false;
    },
    async forget(key) {
      await cache.delete(key, SCOPE).catch(() => undefined);
    },
  };
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
