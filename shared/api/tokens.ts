import { createHash, timingSafeEqual } from 'node:crypto';
import * as z from 'zod/mini';
import { collection, type Stored, Unreadable } from '../store/collection.ts';
import { TOKENS, tokenAddress } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import type { ApiDeps, Door } from './deps.ts';
import { ApiProblem, quoted } from './problem.ts';
import { type Caller, DEFAULT_SCOPES, SCOPES, type Scope } from './scopes.ts';
import type { NewTokenView, TokenView } from './shapes.ts';

const PREFIX = 'rb_';
const ID_LENGTH = 12;
/** A token made by a token made by a token … is looked up as often; further ones are made by hand. */
const MAKERS_MAX = 4;

/** Without scopes: stored before there were any, when every token could do everything, and programs rely on it. */
const StoredToken = z.object({
  name: z.string(),
  hash: z.string(),
  createdAt: z.string(),
  scopes: z.exactOptional(z.array(z.string())),
  /** The token it was made with: it goes with it. */
  maker: z.exactOptional(z.string()),
});
type StoredToken = z.infer<typeof StoredToken>;
const tokens = collection({ name: 'token', schema: StoredToken });

export const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex');

const encoder = new TextEncoder();

function same(left: string, right: string): boolean {
  return left.length === right.length && timingSafeEqual(encoder.encode(left), encoder.encode(right));
}

const scopesOf = ({ scopes }: StoredToken): readonly Scope[] =>
  SCOPES.filter((scope) => scopes === undefined || scopes.includes(scope));

async function storedToken(store: Store, id: string): Promise<Stored<StoredToken> | undefined> {
  const stored = await tokens.get(store, tokenAddress(id));
  return stored instanceof Unreadable ? undefined : stored;
}

/** The tokens it was made with, nearest first; undefined when one of them is gone. */
async function makersOf(store: Store, { maker }: StoredToken): Promise<readonly string[] | undefined> {
  const makers: string[] = [];
  for (let id = maker; id !== undefined; ) {
    const stored = makers.length < MAKERS_MAX ? await storedToken(store, id) : undefined;
    if (!stored) return undefined;
    makers.push(id);
    id = stored.value.maker;
  }
  return makers;
}

/** Whether a token is there, and each that it was made with. */
export async function isToken(store: Store, id: string): Promise<boolean> {
  const stored = await storedToken(store, id);
  return stored !== undefined && (await makersOf(store, stored.value)) !== undefined;
}

/**
 * Whose token it is; undefined for none of ours. A token is `rb_` + id + `_` + secret, so that one read finds what to compare
 * it with; the process's own are known to the command line of this machine and the page it opened alone.
 */
export async function callerOf({ store, ownTokens = [] }: Door, authorization: string): Promise<Caller | undefined> {
  const token = /^Bearer (\S{1,400})$/i.exec(authorization)?.[1];
  if (token === undefined) return undefined;
  const hash = hashToken(token);
  const own = ownTokens.find((each) => same(hash, each.hash));
  if (own) return { by: own.by, scopes: SCOPES };
  const short = /^rb_([A-Za-z0-9-]{1,64})_/.exec(token)?.[1];
  if (short === undefined) return undefined;
  const id = `tok_${short}`;
  const stored = await storedToken(store, id);
  if (!stored || !same(hash, stored.value.hash)) return undefined;
  if ((await makersOf(store, stored.value)) === undefined) return undefined;
  return { by: 'api', scopes: scopesOf(stored.value), token: { id, name: stored.value.name } };
}

function viewOf(id: string, stored: StoredToken): TokenView {
  const { name, createdAt, maker } = stored;
  return { id, name, createdAt, scopes: [...scopesOf(stored)], maker: maker ?? null };
}

export interface TokenWish {
  readonly name: string;
  readonly scopes?: readonly Scope[];
}

/** What a token may hand on is what it may do itself. */
function checkScopes(wanted: readonly Scope[], { scopes }: Caller): void {
  const lacking = wanted.filter((scope) => !scopes.includes(scope));
  if (lacking.length === 0) return;
  const detail = `A token can give what it has itself, and yours lacks ${lacking.join(', ')}; name other scopes.`;
  throw new ApiProblem('forbidden', detail);
}

async function checkMakers(store: Store, maker: string): Promise<void> {
  const stored = await storedToken(store, maker);
  const makers = stored && (await makersOf(store, stored.value));
  if (makers !== undefined && makers.length + 1 < MAKERS_MAX) return;
  throw new ApiProblem(
    'conflict',
    'Tokens were made by tokens too many times over; make this one at the command line.',
  );
}

/** Made by the command line: by nobody, and for good. */
const BY_HAND: Caller = { by: 'cli', scopes: SCOPES };

export async function createToken(
  deps: Pick<ApiDeps, 'store' | 'clock' | 'newSecret'>,
  { name, scopes = DEFAULT_SCOPES }: TokenWish,
  caller: Caller = BY_HAND,
): Promise<NewTokenView> {
  checkScopes(scopes, caller);
  if (caller.token) await checkMakers(deps.store, caller.token.id);
  const short = hashToken(deps.newSecret()).slice(0, ID_LENGTH);
  const token = `${PREFIX}${short}_${deps.newSecret()}`;
  const value: StoredToken = {
    name,
    hash: hashToken(token),
    createdAt: new Date(deps.clock.now()).toISOString(),
    scopes: SCOPES.filter((scope) => scopes.includes(scope)),
    ...(caller.token ? { maker: caller.token.id } : {}),
  };
  const id = `tok_${short}`;
  if (!(await tokens.put(deps.store, { ...tokenAddress(id), value }, 0)))
    throw new ApiProblem('conflict', 'The token could not be stored; create another.');
  return { ...viewOf(id, value), token };
}

export async function listTokens({ store }: Pick<ApiDeps, 'store'>): Promise<readonly TokenView[]> {
  const stored = await tokens.list(store, TOKENS);
  return stored.map(({ key, value }) => viewOf(key, value));
}

/** The token and all that were made with it. */
async function family(store: Store, id: string): Promise<readonly string[]> {
  const all = await tokens.list(store, TOKENS);
  const found = new Set([id]);
  // Each round finds those made by what the round before found.
  for (let round = 0; round < MAKERS_MAX; round += 1)
    for (const { key, value } of all) if (value.maker !== undefined && found.has(value.maker)) found.add(key);
  return [...found];
}

/** The token and what was made with it. It is refused from the moment the first of them is gone. */
export async function revokeToken({ store }: Pick<ApiDeps, 'store'>, id: string): Promise<readonly string[]> {
  // Also one that cannot be read.
  const stored = await store.get(tokenAddress(id));
  if (!stored) throw new ApiProblem('not-found', `There is no token ${quoted(id)}; see "replybus token list".`);
  const gone = await family(store, id);
  for (const each of gone) {
    const document = await store.get(tokenAddress(each));
    if (document) await tokens.remove(store, document);
  }
  return gone;
}
