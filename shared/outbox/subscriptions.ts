import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { collection, type Stored, Unreadable } from '../store/collection.ts';
import { SUBSCRIPTIONS, subscriptionAddress } from '../store/keys.ts';
import type { Store } from '../store/store.ts';

export const SUBSCRIPTIONS_MAX = 100;
const WRITES_MAX = 5;
const ID_LENGTH = 24;

/** A webhook that was made at run time. What is absent does not filter. */
const Subscription = z.object({
  url: z.string(),
  secret: z.string(),
  createdAt: z.string(),
  /** The token it was made with: it goes with it. Absent: made by the command line. */
  token: z.exactOptional(z.string()),
  events: z.exactOptional(z.array(z.string())),
  connections: z.exactOptional(z.array(z.string())),
  campaigns: z.exactOptional(z.array(z.string())),
  interested: z.exactOptional(z.boolean()),
  intents: z.exactOptional(z.array(z.string())),
});
export type Subscription = z.infer<typeof Subscription>;

const subscriptions = collection({ name: 'subscription', schema: Subscription });

/** One a target, so that asking twice makes one. */
export const subscriptionId = (url: string): string =>
  `sub_${createHash('sha256').update(url).digest('hex').slice(0, ID_LENGTH)}`;

export const listSubscriptions = (store: Store): Promise<readonly Stored<Subscription>[]> =>
  subscriptions.list(store, SUBSCRIPTIONS);

export async function readSubscription(store: Store, id: string): Promise<Stored<Subscription> | undefined> {
  const stored = await subscriptions.get(store, subscriptionAddress(id));
  return stored instanceof Unreadable ? undefined : stored;
}

/** Writes what `change` makes of what is there; false when others were first each time. */
export async function putSubscription(
  store: Store,
  id: string,
  change: (known: Subscription | undefined) => Subscription,
): Promise<boolean> {
  const updated = await subscriptions.update(
    store,
    subscriptionAddress(id),
    (known) => ({ value: change(known?.value) }),
    { tries: WRITES_MAX },
  );
  if (updated.kind === 'unreadable') throw updated.error;
  return updated.kind === 'written';
}

export async function removeSubscription(store: Store, id: string): Promise<void> {
  const updated = await subscriptions.update(store, subscriptionAddress(id), (known) => (known ? 'remove' : 'keep'), {
    tries: WRITES_MAX,
  });
  if (updated.kind === 'unreadable') throw updated.error;
}
