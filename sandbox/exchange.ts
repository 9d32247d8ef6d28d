import type { HttpResponse, Random } from '../shared/ports.ts';
import type { Switches } from './switches.ts';
import type { World } from './world.ts';

/** A request as a vendor sees it: what came before `path` (host, base path) is gone. */
export interface SandboxRequest {
  readonly method: string;
  /** Starts with `/`, still percent-encoded, without the query. */
  readonly path: string;
  /** Without the `?`. */
  readonly query: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body?: string;
}

export type Handler = (request: SandboxRequest) => HttpResponse;

/** What a vendor's handlers work on. */
export interface Scene {
  readonly world: World;
  /** Read anew at each request. */
  readonly switches: Switches;
  readonly random: Random;
}

/** A message's id as it is shown, if messages have any. */
export function shownId(id: string, { switches: { messageIds, idsStay }, random }: Scene): string | null {
  if (!messageIds) return null;
  return idsStay ? id : `${Math.floor(random() * 1e9)}~${id}`;
}

const JSON_TYPE = 'application/json';

let shownDate = { second: 0, text: '' };

/** The HTTP date of a time; kept for the second, as formatting costs more than all the rest of an idle answer. */
function httpDate(at: number): string {
  const second = Math.floor(at / 1000);
  if (shownDate.second !== second) shownDate = { second, text: new Date(second * 1000).toUTCString() };
  return shownDate.text;
}

/** The type of an answer, and its Date unless the vendor gives none. */
const headersOf = ({ world, switches }: Scene, type: string): HttpResponse['headers'] =>
  switches.dateHeader
    ? { 'content-type': type, date: httpDate(world.now() + switches.dateSkewMs) }
    : { 'content-type': type };

/** A time as ISO 8601 in the zone of the switches. */
export function isoTime(at: number, { switches: { isoTimes, isoZoneMinutes } }: Scene): string {
  if (isoTimes === 'utc') return new Date(at).toISOString();
  const local = new Date(at + isoZoneMinutes * 60_000).toISOString().slice(0, -1);
  if (isoTimes === 'zoneless') return local;
  const minutes = Math.abs(isoZoneMinutes);
  const zone = [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0')).join(':');
  return `${local}${isoZoneMinutes < 0 ? '-' : '+'}${zone}`;
}

export const text = (scene: Scene, body: string, status = 200): HttpResponse => ({
  status,
  headers: headersOf(scene, JSON_TYPE),
  body,
});

export const json = (scene: Scene, value: unknown, status = 200) => text(scene, JSON.stringify(value), status);

export const noContent = (scene: Scene): HttpResponse => text(scene, '', 204);

export const html = (scene: Scene, status: number): HttpResponse => ({
  status,
  headers: headersOf(scene, 'text/html; charset=utf-8'),
  body: '<!DOCTYPE html><html><head><title>Page</title></head><body><h1>This page could not be shown.</h1></body></html>',
});

export function header(headers: SandboxRequest['headers'], name: string): string | undefined {
  const direct = headers[name];
  if (direct !== undefined) return direct;
  for (const [given, value] of Object.entries(headers)) if (given.toLowerCase() === name) return value;
  return undefined;
}

/** A percent-encoded part of a path; as it is when it cannot be decoded. */
export function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The JSON object in a body; undefined when there is none. */
export function bodyObject(body: string | undefined): Readonly<Record<string, unknown>> | undefined {
  if (!body) return undefined;
  try {
    const value: unknown = JSON.parse(body);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
