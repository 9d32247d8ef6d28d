import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Clock } from '../shared/ports.ts';
import type { ZapierCache } from './platform.ts';

/** A day outlives every window that is read again, and Zapier's own repetitions of a failed step. */
export const KEEP_SECONDS = 24 * 3_600;
/** Zapier names no limit for an entry; what is larger is not remembered and looked up again. Assumed. */
export const ENTRY_CHARACTERS_MAX = 400_000;
/** What is packed is never unpacked beyond this. */
const UNPACKED_BYTES_MAX = 32 * 1024 * 1024;
/** Nothing waits longer than this for what only saves calls. */
const ANSWER_MS = 2_500;
/** Those who hold the same key share what is remembered. */
const SCOPE = ['auth'] as const;

/** What was learned by earlier calls. It only saves calls: any entry may be missing at any time. */
export interface Memory {
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown): Promise<void>;
  /** Sets what is not there yet. False: something is. */
  claim(key: string, value: unknown, keepSeconds?: number): Promise<boolean>;
  forget(key: string): Promise<void>;
}

export function memoryOf(cache: ZapierCache, clock: Pick<Clock, 'sleep'>): Memory {
  /** Undefined: no answer in time, or none at all. */
  const inTime = async <Value>(call: Promise<Value>): Promise<Value | undefined> => {
    const late = clock.sleep(ANSWER_MS).then(() => undefined);
    return await Promise.race([call.catch(() => undefined), late]);
  };
  const get = async (key: string) => (await inTime(cache.get(key, SCOPE))) ?? undefined;
  return {
    get,
    async set(key, value) {
      if (JSON.stringify(value).length > ENTRY_CHARACTERS_MAX) return;
      await inTime(cache.set(key, value, KEEP_SECONDS, SCOPE));
    },
    async claim(key, value, keepSeconds = KEEP_SECONDS) {
      if ((await get(key)) !== undefined) return false;
      // Whether a refusal to overwrite is told by `false` alone is not documented; only that word is taken for one.
      return (await inTime(cache.set(key, value, keepSeconds, SCOPE, true))) !== false;
    },
    async forget(key) {
      await inTime(cache.delete(key, SCOPE));
    },
  };
}

/** Mail packs to a fifth, so that one entry holds that of many threads. */
export const packed = (value: unknown): string => deflateRawSync(JSON.stringify(value)).toString('base64');

/** Undefined for what {@link packed} did not make. */
export function unpacked(text: unknown): unknown {
  if (typeof text !== 'string') return undefined;
  try {
    const bytes = inflateRawSync(Buffer.from(text, 'base64'), { maxOutputLength: UNPACKED_BYTES_MAX });
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
