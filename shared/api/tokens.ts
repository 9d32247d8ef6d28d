import { createHash, timingSafeEqual } from 'node:crypto';
import * as z from 'zod/mini';
import { collection, Unreadable } from '../store/collection.ts';
import { TOKENS, tokenAddress } from '../store/keys.ts';
import type { ApiDeps } from './deps.ts';
import { ApiProblem, quoted } from './problem.ts';
import type { Caller } from './route.ts';
import type { NewTokenView, TokenView } from './shapes.ts';

const PREFIX = 'rb_';
const ID_LENGTH = 12;

const StoredToken = z.object({ name: z.string(), hash: z.string(), createdAt: z.string() });
const tokens = collection({ name: 'token', schema: StoredToken });

export const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex');

const encoder = new TextEncoder();

function same(left: string, right: string): boolean {
  return left.length === right.length && timingSafeEqual(encoder.encode(left), encoder.encode(right));
}

/**
 * Whose token it is; undefined for none of ours. A token is `rb_` + id + `_` + secret, so that one read finds what to compare
 * it with; the process's own is known to the command line of this machine alone.
 */
export async function callerOf(deps: ApiDeps, authorization: string | undefined): Promise<Caller | undefined> {
  const token = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1];
  if (token === undefined) return undefined;
  const hash = hashToken(token);
  if (deps.ownTokenHash !== undefined && same(hash, deps.ownTokenHash)) return 'cli';
  const id = /^rb_([A-Za-z0-9-]{1,64})_/.exec(token)?.[1];
  if (id === undefined) return undefined;
  const stored = await tokens.get(deps.store, tokenAddress(`tok_${id}`));
  if (stored === undefined || stored instanceof Unreadable) return undefined;
  return same(hash, stored.value.hash) ? 'api' : undefined;
}

export async function createToken(
  deps: Pick<ApiDeps, 'store' | 'clock' | 'newSecret'>,
  name: string,
): Promise<NewTokenView> {
  const short = hashToken(deps.newSecret()).slice(0, ID_LENGTH);
  const token = `${PREFIX}${short}_${deps.newSecret()}`;
  const view: TokenView = { id: `tok_${short}`, name, createdAt: new Date(deps.clock.now()).toISOString() };
  const value = { name, hash: hashToken(token), createdAt: view.createdAt };
  if (!(await tokens.put(deps.store, { ...tokenAddress(view.id), value }, 0))) {
    throw new ApiProblem('conflict', 'The token could not be stored; create another.');
  }
  return { ...view, token };
}

export async function listTokens({ store }: ApiDeps): Promise<readonly TokenView[]> {
  const stored = await tokens.list(store, TOKENS);
  return stored.map(({ key, value: { name, createdAt } }) => ({ id: key, name, createdAt }));
}

export async function revokeToken({ store }: ApiDeps, id: string): Promise<{ readonly id: string }> {
  // Also one that cannot be read.
  const stored = await store.get(tokenAddress(id));
  if (!stored) throw new ApiProblem('not-found', `There is no token ${quoted(id)}; see "replybus token list".`);
  await tokens.remove(store, stored);
  return { id };
}
