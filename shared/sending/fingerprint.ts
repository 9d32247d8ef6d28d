import type { Message } from '../model.ts';
import { writtenIn } from './overlap.ts';
import { hashOf } from './send.ts';

const CHARACTERS = 16;
/** Vendors round times. */
const SECOND_MS = 1_000;

/** What a message is known by where its id does not stay: when it was sent, which way, and its words. */
export async function fingerprintOf(message: Message): Promise<string> {
  const words = (await writtenIn(message)).map(({ text }) => text);
  const second = Math.floor(message.sentAt / SECOND_MS);
  return hashOf([second, message.direction, words]).slice(0, CHARACTERS);
}

/** By id. */
export type Fingerprints = ReadonlyMap<string, string>;

export async function fingerprintsOf(messages: readonly Message[]): Promise<Fingerprints> {
  const found = new Map<string, string>();
  for (const message of messages) found.set(message.id, await fingerprintOf(message));
  return found;
}

/** A message as it was known at another reading. */
export interface Known {
  readonly id: string;
  /** Absent in what earlier versions wrote. */
  readonly fingerprint?: string | undefined;
}

/**
 * Which message each known one is now: the one of its id, else one of its fingerprint that no other is. Each is one message,
 * so of two that are alike to the second, the one that came later stays new.
 */
export function identify<Each extends Known>(known: readonly Each[], now: Fingerprints): ReadonlyMap<string, Each> {
  const found = new Map<string, Each>();
  for (const each of known) if (now.has(each.id)) found.set(each.id, each);
  for (const each of known) {
    if (now.has(each.id) || each.fingerprint === undefined) continue;
    const at = [...now].find(([id, fingerprint]) => fingerprint === each.fingerprint && !found.has(id));
    if (at) found.set(at[0], each);
  }
  return found;
}
