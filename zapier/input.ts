import { UserError } from '../shared/failure.ts';
import type { Bundle } from './platform.ts';

/** Zapier passes on empty fields as '', null or [], all of which mean: not filled in. */
export function textOf({ inputData }: Pick<Bundle, 'inputData'>, key: string): string | undefined {
  const value = inputData[key];
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

export function neededText(bundle: Pick<Bundle, 'inputData'>, key: string, label: string): string {
  const text = textOf(bundle, key);
  if (text === undefined) throw new UserError(`The field "${label}" is empty; fill it in.`);
  return text;
}

const YES = new Set(['true', 'yes', 'y', 'on', '1']);
const NO = new Set(['false', 'no', 'n', 'off', '0']);

export function flagOf(bundle: Pick<Bundle, 'inputData'>, key: string, label: string): boolean | undefined {
  const word = textOf(bundle, key)?.trim().toLowerCase();
  if (word === undefined) return undefined;
  if (YES.has(word)) return true;
  if (NO.has(word)) return false;
  throw new UserError(`The field "${label}" is neither yes nor no; write true or false.`);
}

/** Entries of a list field; one entry may hold several, separated by commas or lines, as mapped values often do. */
export function listOf({ inputData }: Pick<Bundle, 'inputData'>, key: string): readonly string[] {
  const value = inputData[key];
  const entries = Array.isArray(value) ? value : [value];
  return entries
    .filter((entry) => typeof entry === 'string')
    .flatMap((entry) => entry.split(/[,;\n]/))
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

/** A comma may be part of an address; before the next one, or before a space, it is none. */
const BETWEEN_URLS = /,?\s+|,(?=https?:\/\/)/i;

/** Web addresses of a list field, also where one entry holds several, as mapped line items do. */
export function urlsOf({ inputData }: Pick<Bundle, 'inputData'>, key: string): readonly string[] {
  const value = inputData[key];
  const entries = Array.isArray(value) ? value : [value];
  return entries
    .filter((entry) => typeof entry === 'string')
    .flatMap((entry) => entry.trim().split(BETWEEN_URLS))
    .filter((entry) => entry !== '');
}

export const NO_THREAD = 'The field "Thread" names no thread; map the Thread ID of a trigger or a search here.';

/** Threads are named by their own id; one that came from an event or the API carries its connection in front. */
export function threadIdOf(bundle: Pick<Bundle, 'inputData'>): string {
  const given = neededText(bundle, 'thread_id', 'Thread').trim();
  const id = given.slice(given.lastIndexOf('/') + 1);
  if (id === '') throw new UserError(NO_THREAD);
  return id;
}
