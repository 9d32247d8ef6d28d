import * as z from 'zod/mini';
import { UserError } from '../../shared/failure.ts';
import { PROVIDERS } from '../../shared/providers/index.ts';
import { type Ask, askerOf, hasConsole, placeOf } from '../ask.ts';
import { isTestBed, openPorts } from '../edge.ts';
import { Reconnect } from '../errors.ts';
import { NO_THREAD } from '../input.ts';
import { isRecord } from '../memory.ts';
import type { Bundle, Z } from '../platform.ts';

const CONSOLE_MS = 3_600_000;

/** What one call works with: the owner's own deployment. */
export interface Place extends ReturnType<typeof openPorts> {
  readonly ask: Ask;
  readonly base: string;
  readonly isTest: boolean;
}

export function openPlace(z: Z, { authData }: Pick<Bundle, 'authData'>, operation: string): Place {
  const isTest = isTestBed([...PROVIDERS.map(({ id }) => id), 'replybus']);
  const ports = openPorts(z, operation, isTest);
  const url = authData.replybusUrl?.trim() ?? '';
  const place = placeOf(url, authData.replybusToken?.trim() ?? '', isTest);
  const ask = askerOf(place, ports.http, (sentence) => new Reconnect(sentence));
  return { ...ports, ask, base: place.base, isTest };
}

const Files = z.object({
  by: z.enum(['url', 'content']),
  countMax: z.nullable(z.number()),
  bytesMax: z.nullable(z.number()),
});
export const ConnectionWire = z.object({
  id: z.string(),
  provider: z.string(),
  can: z.object({
    reply: z.object({ copies: z.boolean(), attachments: Files, sideEffect: z.nullable(z.string()) }),
    forward: z.nullable(z.object({ attachments: Files, note: z.boolean() })),
    read: z.boolean(),
  }),
});
export type ConnectionWire = z.infer<typeof ConnectionWire>;

export async function connectionsOf({ ask }: Place): Promise<readonly ConnectionWire[]> {
  const shape = z.object({ items: z.array(ConnectionWire) });
  return (await ask({ method: 'GET', path: ['connections'], shape })).items;
}

export interface ThreadName {
  readonly connection: string;
  readonly thread: string;
}

/** A thread is named as CONNECTION/THREAD, as events and lists name it. */
export function threadNamed(given: string): ThreadName {
  const at = given.indexOf('/');
  if (at < 1 || at === given.length - 1) throw new UserError(NO_THREAD);
  return { connection: given.slice(0, at), thread: given.slice(at + 1) };
}

/** Where a person reads a thread; asked once an hour whether there is a page for that. */
export async function consoleLinks({ base, http, memory, clock }: Place): Promise<(threadId: string) => string | null> {
  const kept = await memory.get('console');
  const now = clock.now();
  const isKnown = isRecord(kept) && typeof kept.isThere === 'boolean' && now - Number(kept.at) < CONSOLE_MS;
  const isThere = isKnown ? kept.isThere === true : await hasConsole(base, http);
  if (!isKnown) await memory.set('console', { isThere, at: now });
  return (threadId) => (isThere ? `${base}/#/inbox/${threadId.split('/').map(encodeURIComponent).join('/')}` : null);
}
