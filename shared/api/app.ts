import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { secureHeaders } from 'hono/secure-headers';
import { consoleOf } from './console.ts';
import type { ApiHost } from './deps.ts';
import { ApiProblem, nameOf, problemOf, problemResponse } from './problem.ts';
import type { Incoming, Route } from './route.ts';
import { ROUTES } from './routes.ts';
import type { Caller } from './scopes.ts';
import { callerOf } from './tokens.ts';

interface Env {
  readonly Bindings: { readonly host: ApiHost };
  readonly Variables: { caller: Caller };
}

/** API Gateway takes 10,240 bytes of request line and headers together. */
const ADDRESS_CHARS_MAX = 8_192;
/** A sort key of DynamoDB takes 1,024 bytes. */
const PLACE_BYTES_MAX = 1_000;
const BODY_BYTES_MAX = 256 * 1024;
/** Attachments of 10 MB in base64, and the mail around them. */
const FILES_BODY_BYTES_MAX = 16 * 1024 * 1024;

const honoPath = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ':$1');
const rawPath = (request: Request): string => new URL(request.url).pathname;

/** Nothing of an answer is for other pages, frames or caches. */
const SECURE = secureHeaders({
  contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  xFrameOptions: 'DENY',
  // What has a policy of its own, as the console, keeps it.
  overwrite: false,
});

const uncached: MiddlewareHandler = async (context, next) => {
  await next();
  if (!context.res.headers.has('cache-control')) context.header('cache-control', 'no-store');
};

/** An address that is too long, or not one. */
const addressed: MiddlewareHandler<Env> = async ({ req }, next) => {
  const { pathname, search } = new URL(req.url);
  if (pathname.length + search.length > ADDRESS_CHARS_MAX)
    throw new ApiProblem('too-long', `An address takes at most ${ADDRESS_CHARS_MAX} characters; shorten it.`);
  try {
    decodeURIComponent(pathname);
  } catch {
    throw new ApiProblem('invalid', 'The path is not valid percent-encoding; encode each part of it.');
  }
  await next();
};

const NEEDS_TOKEN = 'A valid bearer token is needed; create one with "replybus token create".';

/** Nothing is read, opened or asked of anybody for who has no valid token. */
const admitted: MiddlewareHandler<Env> = async (context, next) => {
  const caller = await callerOf(context.env.host.door, context.req.header('authorization') ?? '');
  if (!caller) throw new ApiProblem('unauthorized', NEEDS_TOKEN, { 'www-authenticate': 'Bearer' });
  context.set('caller', caller);
  await next();
};

const limited = ({ takesFiles }: Route): MiddlewareHandler<Env> => {
  const maxSize = takesFiles ? FILES_BODY_BYTES_MAX : BODY_BYTES_MAX;
  const most = takesFiles ? '16 MB; attachments may take 10 MB together' : '256 KB, more than this path takes';
  return bodyLimit({
    maxSize,
    onError: () => {
      throw new ApiProblem('too-large', `The request is larger than ${most}.`);
    },
  });
};

/** Who asked is gone, and the rest of the body with them: nothing failed here, and nobody reads the answer. */
const hasHungUp = (error: Error, { signal }: Request): boolean =>
  signal.aborted && 'code' in error && error.code === 'ECONNRESET';

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;

function textOf(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new ApiProblem('invalid', 'The body is not UTF-8; send a JSON object in UTF-8.');
  }
}

async function bodyOf({ req }: Context<Env>, { body }: Route): Promise<string> {
  if (!body || !req.raw.body) return '';
  const type = req.header('content-type') ?? 'application/json';
  if (!JSON_TYPE.test(type) || (req.header('content-encoding') ?? 'identity') !== 'identity')
    throw new ApiProblem('content-type', 'The body has to be JSON as it is; send it as application/json.');
  return textOf(await req.arrayBuffer());
}

const encoder = new TextEncoder();

/** No name of ours is longer, and no database takes a longer one. */
function namesOf({ req }: Context<Env>): Incoming['names'] {
  const names = req.param();
  if (Object.values(names).some((name) => encoder.encode(name).length > PLACE_BYTES_MAX))
    throw new ApiProblem('not-found', 'Nothing here has so long a name; check the path.');
  return names;
}

function checkScope({ scope }: Route, { scopes }: Caller): void {
  if (scope === undefined || scope === 'open' || scopes.includes(scope)) return;
  const detail = `This token may not do that: it lacks the scope "${scope}"; create one with --scope ${scope}.`;
  throw new ApiProblem('forbidden', detail, {
    'www-authenticate': `Bearer error="insufficient_scope", scope="${scope}"`,
  });
}

function checkPage({ notForPage }: Route, { by }: Caller): void {
  if (by !== 'console' || !notForPage) return;
  const detail = 'The token of this page may not do that, since what came of it would outlive the page;';
  throw new ApiProblem('forbidden', `${detail} use the command line, or a token of "replybus token create".`);
}

const NOBODY: Caller = { by: 'api', scopes: [] };

/** Whoever comes with a valid token is known where none is needed, too. */
async function callerIfAny({ env, req }: Context<Env>): Promise<Caller> {
  const authorization = req.header('authorization');
  return authorization === undefined ? NOBODY : ((await callerOf(env.host.door, authorization)) ?? NOBODY);
}

const answered =
  (route: Route) =>
  async (context: Context<Env>): Promise<Response> => {
    const caller = route.scope === 'open' ? await callerIfAny(context) : context.get('caller');
    checkScope(route, caller);
    checkPage(route, caller);
    const names = namesOf(context);
    const { searchParams: query } = new URL(context.req.url);
    const key = context.req.header('idempotency-key');
    const body = await bodyOf(context, route);
    const deps = await context.env.host.open();
    return await route.run({ deps, caller, names, query, body, ...(key === undefined ? {} : { key }) });
  };

const pass: MiddlewareHandler<Env> = async (_, next) => await next();

function mount(app: Hono<Env>, routes: readonly Route[]): void {
  // Where no body is taken none is read, and there is nothing to limit.
  for (const route of routes)
    app.on(route.method, honoPath(route.path), route.body ? limited(route) : pass, answered(route));
}

/** What each path takes: said to who asks, and to who asks in another way. */
function tellMethods(app: Hono<Env>, routes: readonly Route[]): void {
  for (const path of new Set(routes.map((route) => route.path))) {
    const methods = routes.filter((route) => route.path === path).map(({ method }) => method);
    const allow = [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ');
    app.options(honoPath(path), () => new Response(null, { status: 204, headers: { allow } }));
    app.all(honoPath(path), () => {
      throw new ApiProblem('method', `This path takes ${methods.join(' and ')} only.`, { allow });
    });
  }
}

function makeApp(): Hono<Env> {
  const app = new Hono<Env>({ getPath: rawPath });
  const open = ROUTES.filter(({ scope }) => scope === 'open');
  app.use(SECURE, uncached, addressed);
  mount(app, open);
  app.get('*', async ({ env, req }, next) => {
    if (req.path.startsWith('/v1/')) return await next();
    return consoleOf(await env.host.console?.(), req.path, req.header('if-none-match')) ?? (await next());
  });
  app.use(admitted);
  mount(
    app,
    ROUTES.filter(({ scope }) => scope !== 'open'),
  );
  tellMethods(app, ROUTES);
  app.notFound(() =>
    problemResponse(new ApiProblem('not-found', 'This is not a path of this API; see /openapi.json.')),
  );
  app.onError((error, { env, req }) => {
    if (hasHungUp(error, req.raw)) return problemResponse(new ApiProblem('invalid', 'The request broke off.'));
    // An error of ours is an answer from here on, and nobody else would hear of it.
    if (problemOf(error).status === 500) env.host.log.warn('api.failed', { error: nameOf(error) });
    return problemResponse(error);
  });
  return app;
}

let app: Hono<Env> | undefined;

/** The API: a request in, an answer out. Never throws. */
export async function respond(request: Request, host: ApiHost): Promise<Response> {
  app ??= makeApp();
  return await app.fetch(request, { host });
}
