import {
  listSubscriptions,
  putSubscription,
  readSubscription,
  removeSubscription,
  SUBSCRIPTIONS_MAX,
  type Subscription,
  subscriptionId,
} from '../outbox/subscriptions.ts';
import { filterOf } from '../sinks/filter.ts';
import { labelsAsked } from '../sinks/labels-asked.ts';
import type { Stored } from '../store/collection.ts';
import type { SubscriptionBody } from './bodies.ts';
import type { ApiDeps } from './deps.ts';
import { present } from './parse.ts';
import { ApiProblem, quoted } from './problem.ts';
import type { Caller } from './scopes.ts';
import type { NewSubscriptionView, SubscriptionView } from './shapes.ts';
import { isToken } from './tokens.ts';

const ID = /^sub_[0-9a-f]{8,64}$/;

function viewOf(
  id: string,
  { url, events, connections, campaigns, interested, intents, createdAt }: Subscription,
): SubscriptionView {
  return {
    id,
    url,
    events: events ?? null,
    connections: connections ?? null,
    campaigns: campaigns ?? null,
    interested: interested ?? null,
    intents: intents ?? null,
    createdAt,
    expiresAt: null,
  };
}

const isMine = ({ token }: Subscription, caller: Caller): boolean => token === caller.token?.id;
const sees = (subscription: Subscription, caller: Caller): boolean =>
  isMine(subscription, caller) || caller.scopes.includes('admin');

async function checkRoom({ store }: ApiDeps): Promise<void> {
  if ((await listSubscriptions(store)).length < SUBSCRIPTIONS_MAX) return;
  const detail = `There are ${SUBSCRIPTIONS_MAX} subscriptions already, which is as many as are kept; remove one with "replybus subscriptions remove".`;
  throw new ApiProblem('conflict', detail);
}

/** Whose token is gone has lost its subscriptions, too. */
async function checkOwner({ store }: ApiDeps, known: Stored<Subscription> | undefined, caller: Caller): Promise<void> {
  if (!known || isMine(known.value, caller)) return;
  const { token } = known.value;
  if (token !== undefined && !(await isToken(store, token))) return;
  throw new ApiProblem(
    'conflict',
    'Another token has subscribed this URL already; remove that subscription first, or use another URL.',
  );
}

/** What no reply can ever carry would be waited for in vain. */
function checkLabels({ connections }: ApiDeps, body: SubscriptionBody): void {
  const known = connections.map(({ id, connection: { provider } }) => ({ id, provider }));
  const { problem } = labelsAsked(filterOf(body), known);
  if (problem !== undefined) throw new ApiProblem('invalid', `"intents": ${problem}`);
}

/** Idempotent by its URL: what is known is changed, and keeps id and secret. */
export async function subscribe(deps: ApiDeps, body: SubscriptionBody, caller: Caller): Promise<NewSubscriptionView> {
  const { url } = body;
  const complaint = deps.checkUrl(url);
  if (complaint !== undefined) throw new ApiProblem('invalid', `This URL cannot be subscribed. ${complaint}`);
  checkLabels(deps, body);
  const id = subscriptionId(url);
  const known = await readSubscription(deps.store, id);
  await checkOwner(deps, known, caller);
  if (!known) await checkRoom(deps);
  const fresh = {
    secret: `whsec_${Buffer.from(deps.newSecret(), 'base64url').toString('base64')}`,
    createdAt: new Date(deps.clock.now()).toISOString(),
  };
  let made: Subscription | undefined;
  const isWritten = await putSubscription(deps.store, id, (before) => {
    const kept = before && isMine(before, caller) ? { secret: before.secret, createdAt: before.createdAt } : fresh;
    made = { ...present(body), ...kept, ...(caller.token ? { token: caller.token.id } : {}) };
    return made;
  });
  deps.subscriptionsChanged();
  if (!isWritten || !made)
    throw new ApiProblem('conflict', 'The subscription was changed by others meanwhile; ask again.');
  return { ...viewOf(id, made), secret: made.secret };
}

export async function subscriptions({ store }: ApiDeps, caller: Caller): Promise<readonly SubscriptionView[]> {
  const stored = await listSubscriptions(store);
  return stored.map(({ key, value }) => {
    const view = viewOf(key, value);
    return sees(value, caller) ? view : { ...view, url: new URL(value.url).host };
  });
}

export async function unsubscribe(deps: ApiDeps, id: string, caller: Caller): Promise<{ readonly id: string }> {
  const known = ID.test(id) ? await readSubscription(deps.store, id) : undefined;
  if (!known || !sees(known.value, caller))
    throw new ApiProblem(
      'not-found',
      `There is no subscription ${quoted(id)}; "replybus subscriptions list" shows those there are.`,
    );
  await removeSubscription(deps.store, id);
  deps.subscriptionsChanged();
  return { id };
}

/** What was made with tokens that are gone goes with them, and its targets are told. */
export async function dropSubscriptionsOf(deps: ApiDeps, tokens: readonly string[]): Promise<void> {
  const gone = new Set(tokens);
  for (const { key, value } of await listSubscriptions(deps.store)) {
    if (value.token === undefined || !gone.has(value.token)) continue;
    await removeSubscription(deps.store, key);
    await deps.sayGoodbye(value);
  }
  deps.subscriptionsChanged();
}
