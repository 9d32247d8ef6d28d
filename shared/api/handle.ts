import type { ApiDeps } from './deps.ts';
import { ApiProblem, problemOf } from './problem.ts';
import type { ApiRequest, ApiResponse } from './request.ts';
import type { Caller, Route } from './route.ts';
import { ROUTES } from './routes.ts';
import { callerOf } from './tokens.ts';

interface Entry {
  readonly route: Route;
  readonly pattern: RegExp;
  readonly names: readonly string[];
}

const PLACE = /\{([^}]+)\}/g;

const ENTRIES: readonly Entry[] = ROUTES.map((route) => ({
  route,
  pattern: new RegExp(`^${route.path.replaceAll('.', '\\.').replace(PLACE, '([^/]+)')}$`),
  names: [...route.path.matchAll(PLACE)].map(([, name = '']) => name),
}));

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    throw new ApiProblem('invalid', 'The path is not valid percent-encoding; encode each part of it.');
  }
}

function placesOf({ pattern, names }: Entry, path: string): Readonly<Record<string, string>> {
  const given = (pattern.exec(path) ?? []).slice(1).map(decoded);
  return Object.fromEntries(names.map((name, index) => [name, given[index] ?? '']));
}

function entryFor({ method, path }: ApiRequest): Entry {
  const here = ENTRIES.filter(({ pattern }) => pattern.test(path));
  const found = here.find(({ route }) => route.method === method);
  if (found) return found;
  if (here.length === 0) throw new ApiProblem('not-found', 'This is not a path of this API; see /openapi.json.');
  const methods = here.map(({ route }) => route.method).join(' and ');
  throw new ApiProblem('method', `This path takes ${methods} only.`);
}

/** The answer to a request whose caller is known to be allowed. Never throws. */
export async function answer(request: ApiRequest, deps: ApiDeps, by: Caller = 'cli'): Promise<ApiResponse> {
  try {
    const entry = entryFor(request);
    return await entry.route.run({ deps, request, by, names: placesOf(entry, request.path) });
  } catch (error) {
    return problemOf(error);
  }
}

const isOpen = ({ path, method }: ApiRequest): boolean =>
  ENTRIES.some(({ route, pattern }) => route.isOpen && route.method === method && pattern.test(path));

function unauthorized(): ApiResponse {
  const detail = 'A valid bearer token is needed; create one with "replybus token create".';
  const problem = problemOf(new ApiProblem('unauthorized', detail));
  return { ...problem, headers: { ...problem.headers, 'www-authenticate': 'Bearer' } };
}

/** Checks the bearer token, then answers. */
export async function handle(request: ApiRequest, deps: ApiDeps): Promise<ApiResponse> {
  try {
    const caller = isOpen(request) ? 'api' : await callerOf(deps, request.authorization);
    return caller === undefined ? unauthorized() : await answer(request, deps, caller);
  } catch (error) {
    return problemOf(error);
  }
}
