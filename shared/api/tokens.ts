import { createHash, timingSafeEqual } from 'node:crypto';
import * as z from 'zod/mini';
import type { ApiDeps } from './deps.ts';
import { ApiProblem, quoted } from './problem.ts';
import type { Caller } from './route.ts';
import type { NewTokenView, TokenView } from './shapes.ts';

const PARTITION = 'TOKENS';
const PREFIX = 'rb_';
const ID_LENGTH = 12;

const StoredToken = z.object({ name: z.string(), hash: z.string(), createdAt: z.string() });

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
  const document = await deps.store.get({ partition: PARTITION, key: `tok_${id}` });
  return document !== undefined && same(hash, StoredToken.parse(document.value).hash) ? 'api' : undefined;
}

export async function createToken(
  deps: Pick<ApiDeps, 'store' | 'clock' | 'newSecret'>,
  name: string,
): Promise<NewTokenView> {
  const short = hashToken(deps.newSecret()).slice(0, ID_LENGTH);
  const token = `${PREFIX}${short}_${deps.newSecret()}`;
  const view: TokenView = { id: `tok_${short}`, name, createdAt: new Date(deps.clock.now()).toISOString() };
  const value = { name, hash: hashToken(token), createdAt: view.createdAt };
  if (!(await deps.store.put({ partition: PARTITION, key: view.id, value }, 0))) {
    throw new ApiProblem('conflict', 'The token could not be stored; create another.');
  }
  return { ...view, token };
}

export async function listTokens({ store }: ApiDeps): Promise<readonly TokenView[]> {
  const documents = await store.list(PARTITION);
  return documents.map(({ key, value }) => {
    const { name, createdAt } = StoredToken.parse(value);
    return { id: key, name, createdAt };
  });
}

export async function revokeToken({ store }: ApiDeps, id: string): Promise<{ readonly id: string }> {
  const address = { partition: PARTITION, key: id };
  const document = await store.get(address);
  if (!document) throw new ApiProblem('not-found', `There is no token ${quoted(id)}; see "replybus token list".`);
  await store.remove(address, document.version);
  return { id };
}
