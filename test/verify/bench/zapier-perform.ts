import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import { DEMO_KEYS, type Vendor } from '../../../sandbox/switches.ts';
import type { HttpRequest } from '../../../shared/ports.ts';
import { PROVIDERS } from '../../../shared/providers/index.ts';
import { appFor } from '../../../zapier/app.ts';
import type { Bundle, Meta, Z, ZapierCache } from '../../../zapier/platform.ts';
import { bareHttp } from './bare.ts';
import { LATENCY_MS } from './idle-poll.ts';
import { type Compared, compare } from './measure.ts';
import { startVendor, type VendorProcess } from './vendor-process.ts';

export type TriggerKey = 'new_reply' | 'new_interested_reply';
/** `idle`: all threads are older than the window a poll looks at. `busy`: all of them lie in it and are given out again. */
export type Inbox = 'idle' | 'busy';

export interface Performed {
  readonly vendor: Vendor;
  readonly trigger: TriggerKey;
  readonly inbox: Inbox;
  readonly calls: number;
  readonly items: number;
  readonly compared: Compared;
}

const MINUTE = 60_000;
const THREAD_EVERY_MS = { idle: 60 * MINUTE, busy: 5 * MINUTE } as const;
/** What was interested when the Zap was switched on is never told, whatever its age. */
const TRIGGERS: Readonly<Record<Inbox, readonly TriggerKey[]>> = {
  idle: ['new_reply', 'new_interested_reply'],
  busy: ['new_reply'],
};
export const PERFORMS = 5;
const REPETITIONS = 11;
const WARM = 100;

/** Zapier's cache without the way to it. */
function memoryCache(): ZapierCache {
  const entries = new Map<string, string>();
  const get = async (key: string): Promise<unknown> => JSON.parse(entries.get(key) ?? 'null');
  return {
    get,
    set: async (key, value) => entries.set(key, JSON.stringify(value)),
    delete: async (key) => entries.delete(key),
  };
}

function zapier(): Z {
  const errors = { Error, HaltedError: Error, ExpiredAuthError: Error, ThrottledError: Error };
  return {
    errors,
    cache: memoryCache(),
    console: { log: () => {} },
    dehydrate: () => 'later',
    dehydrateFile: () => 'later',
    request: () => Promise.reject(new Error('no file is fetched')),
    stashFile: () => Promise.reject(new Error('no file is kept')),
  };
}

/** The requests that the work sends, whoever sends them. */
async function sentBy(work: () => Promise<unknown>): Promise<readonly HttpRequest[]> {
  const sent: HttpRequest[] = [];
  const note = (message: unknown) => {
    const { request } = message as { readonly request: ClientRequest };
    const headers = Object.fromEntries(Object.entries(request.getHeaders()).map(([name, value]) => [name, `${value}`]));
    const url = `${request.protocol}//${request.getHeader('host')}${request.path}`;
    sent.push({ method: 'GET', url, headers, timeoutMs: 0, bytesMax: 0 });
  };
  subscribe('http.client.request.start', note);
  await work();
  unsubscribe('http.client.request.start', note);
  return sent;
}

async function performed(
  vendor: Vendor,
  trigger: TriggerKey,
  process: VendorProcess,
): Promise<Omit<Performed, 'inbox'>> {
  const z = zapier();
  const app = appFor(PROVIDERS, { version: '0.0.0', platformVersion: '0.0.0' });
  const authData = { provider: vendor, apiKey: DEMO_KEYS[vendor] };
  const inputData = vendor === 'cohesive' ? { campaign_id: process.campaigns[0] } : {};
  const perform = async (meta: Meta = {}): Promise<readonly unknown[]> => {
    const bundle: Bundle = { authData, inputData, meta };
    return (await app.triggers[trigger]?.operation.perform(z, bundle)) as readonly unknown[];
  };
  await process.latency(0);
  await perform({ isPopulatingDedupe: true });
  for (let warm = 0; warm < WARM; warm += 1) await perform();
  let items = 0;
  const calls = await sentBy(async () => {
    items = (await perform()).length;
  });
  const get = bareHttp();
  for (let warm = 0; warm < WARM; warm += 1) for (const call of calls) await get(call);
  await process.latency(LATENCY_MS);
  const polls = async () => {
    for (let index = 0; index < PERFORMS; index += 1) await perform();
  };
  const bare = async () => {
    for (let index = 0; index < PERFORMS; index += 1) for (const call of calls) await get(call);
  };
  return { vendor, trigger, calls: calls.length, items, compared: await compare(polls, bare, REPETITIONS) };
}

/** Polls of the Zapier app after a Zap was switched on, against the pages they fetch, one after another. */
export async function comparePerforms(inbox: Inbox): Promise<readonly Performed[]> {
  const vendors = await startVendor(THREAD_EVERY_MS[inbox]);
  Object.assign(process.env, { COHESIVE_BASE_URL: vendors.urls.cohesive, COLDSEND_BASE_URL: vendors.urls.coldsend });
  const all: Performed[] = [];
  try {
    for (const vendor of ['cohesive', 'coldsend'] as const) {
      for (const trigger of TRIGGERS[inbox]) all.push({ ...(await performed(vendor, trigger, vendors)), inbox });
    }
  } finally {
    vendors.stop();
  }
  return all;
}
