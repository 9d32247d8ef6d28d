import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod/mini';
import type { ApiDeps } from './deps.ts';
import { ApiProblem } from './problem.ts';
import type { NewTokenView, TokenView } from './shapes.ts';

const PARTITION = 'TOKENS';
const PREFIX = 'rb_';
const ID_LENGTH = 12;

const StoredToken = z.object({ name: z.string(), hash: z.string(), createdAt: z.string() });

export const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex');

function same(left: string, right: string): boolean {
  return left.length === right.length && timingSafeEqual(Buffer.from(left), Buffer.from(right));
}

/** A token is `rb_` + id + `_` + secret, so that one read finds what to compare it with. */
export async function isAuthorized(deps: ApiDeps, authorization: string | undefined): Promise<boolean> {
  const token = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1];
  if (token === undefined) return false;
  const hash = hashToken(token);
  if (deps.ownTokenHash !== undefined && same(hash, deps.ownTokenHash)) return true;
  const id = /^rb_([A-Za-z0-9-]+)_/.exec(token)?.[1];
  if (id === undefined) return false;
  const document = await deps.store.get({ partition: PARTITION, key: `tok_${id}` });
  return document !== undefined && same(hash, StoredToken.parse(document.value).hash);
}

export async function createToken(deps: ApiDeps, name: string): Promise<NewTokenView> {
  const short = hashToken(deps.newSecret()).slice(0, ID_LENGTH);
  const token = `${PREFIX}${short}_${deps.newSecret()}`;
  const view: TokenView = { id: `tok_${short}`, name, createdAt: new Date(deps.clock.now()).toISOString() };
  const value = { name, hash: hashToken(token), createdAt: view.createdAt };
  if (!(await deps.store.put({ partition: PARTITION, key: view.id, value }, 0))) {
    throw new ApiProblem(409, 'conflict', 'The token could not be stored; create another.');
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
  if (!document) throw new ApiProblem(404, 'not-found', `There is no token ${id}; see "replybus token list".`);
  await store.remove(address, document.version);
  return { id };
}
