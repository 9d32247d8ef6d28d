import type { ConsolePlace } from './deployment.ts';
import type { Edge } from './edge.ts';
import { isRecord } from './memory.ts';

const ENTRY = 'console';
const KNOWN_MS = 3_600_000;

/** Where the console shows a thread, named as CONNECTION/THREAD. */
export function threadLink(url: string, connection: string, threadId: string): string {
  const path = [connection, threadId].map(encodeURIComponent).join('/');
  return `${url.replace(/\/+$/, '')}/#/inbox/${path}`;
}

/** Asked once an hour. A deployment that is away costs a reply its link, nothing else. */
export async function linksOf({ deployment, memory, clock }: Edge): Promise<(threadId: string) => string | null> {
  if (!deployment) return () => null;
  const kept = await memory.get(ENTRY);
  const now = clock.now();
  const isKnown = isRecord(kept) && now - Number(kept.at) < KNOWN_MS;
  const place = isKnown ? kept : { ...(await deployment.console().catch(() => NOWHERE)), at: now };
  if (!isKnown) await memory.set(ENTRY, place);
  const { url, connection } = place;
  if (typeof url !== 'string' || typeof connection !== 'string') return () => null;
  return (threadId) => threadLink(url, connection, threadId);
}

const NOWHERE: ConsolePlace = { url: null, connection: null };
