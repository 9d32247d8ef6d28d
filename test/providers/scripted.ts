import { readFileSync } from 'node:fs';
import type { Http, HttpRequest, HttpResponse, LogFields, Ports } from '../../shared/ports.ts';

export const NOW = Date.UTC(2025, 0, 20, 12);
export const KEY = 'cs_live_canary_5f1b';

export function fixture(path: string): unknown {
  return JSON.parse(readFileSync(new URL(`../fixtures/${path}`, import.meta.url), 'utf8'));
}

export interface Scripted {
  readonly ports: Ports;
  readonly requests: HttpRequest[];
  readonly logged: { readonly event: string; readonly fields?: LogFields }[];
  /** Sleeps asked for; each moves the clock on. */
  readonly slept: number[];
  time: number;
}

export type Reply = Partial<HttpResponse> | Error;

/** A world of one answer after another, or one function that answers. */
export function scripted(answers: readonly Reply[] | ((request: HttpRequest) => Reply)): Scripted {
  const requests: HttpRequest[] = [];
  const logged: Scripted['logged'] = [];
  const slept: number[] = [];
  const left = typeof answers === 'function' ? [] : [...answers];
  const http: Http = async (request) => {
    requests.push(request);
    const answer = typeof answers === 'function' ? answers(request) : left.shift();
    if (!answer) throw new Error(`no answer is scripted for request ${requests.length}`);
    if (answer instanceof Error) throw answer;
    return { status: 200, headers: {}, body: '', ...answer };
  };
  const log = (event: string, fields?: LogFields) => void logged.push(fields ? { event, fields } : { event });
  const world: Scripted = {
    requests,
    logged,
    slept,
    time: NOW,
    ports: {
      http,
      random: () => 0.5,
      log: { info: log, warn: log },
      clock: {
        now: () => world.time,
        async sleep(ms) {
          slept.push(ms);
          world.time += ms;
        },
      },
    },
  };
  return world;
}

export function json(value: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status: 200, headers, body: JSON.stringify(value) };
}

export function params(request: HttpRequest | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(new URL(request?.url ?? 'http://none.example').searchParams);
}
