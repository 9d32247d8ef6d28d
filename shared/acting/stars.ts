import * as z from 'zod/mini';
import { type Turns, turns } from '../concurrency/turns.ts';
import type { Compose } from '../events/happening.ts';
import { ProviderError } from '../failure.ts';
import type { Thread } from '../model.ts';
import type { Clock } from '../ports.ts';
import type { Connection, Starrer } from '../provider.ts';
import { collection } from '../store/collection.ts';
import { starAddress, starsPartition } from '../store/keys.ts';
import type { Address, Store } from '../store/store.ts';

const WRITES_MAX = 8;

export interface StarPorts {
  readonly store: Store;
  readonly clock: Pick<Clock, 'now'>;
}

const keptStarDocuments = collection({
  name: 'star',
  schema: z.object({ starred: z.boolean(), at: z.number() }),
});

/** Never resolves to anything but what was asked for: a star that could not be set, or did not stay, is an error. */
function insisted(label: string, starred: boolean, seen: boolean): boolean {
  if (seen === starred) return seen;
  const code = 'the star is being changed by others; try again';
  throw new ProviderError({ kind: 'unavailable', mayHaveHappened: true, code }, { provider: label, operation: 'star' });
}

/** Where the vendor has no stars, the document is the star: there while the thread is starred. */
async function keep({ store, clock }: StarPorts, label: string, address: Address, starred: boolean): Promise<boolean> {
  const updated = await keptStarDocuments.update(
    store,
    address,
    (kept) => {
      if ((kept !== undefined) === starred) return 'keep';
      return starred ? { value: { starred, at: clock.now() } } : 'remove';
    },
    { tries: WRITES_MAX },
  );
  if (updated.kind === 'unreadable') throw updated.error;
  return insisted(label, starred, updated.kind === 'contended' ? !starred : starred);
}

/** One queue for each connection, however many setters are made of it; forgotten with the connection. */
const TURNS = new WeakMap<Connection, Turns>();

function turnsOf(connection: Connection): Turns {
  const known = TURNS.get(connection) ?? turns();
  TURNS.set(connection, known);
  return known;
}

/**
 * Sets and unsets the star of a connection's threads, at the vendor or with us. Calls for one thread take turns in this
 * process, so that the last one wins. Those of several processes at once, and a person at the vendor, can overtake each
 * other between reading and toggling: each works for its own wish until it has seen it fulfilled, and never for another's,
 * whose call may have ended. So the star ends as whoever acted last wanted it.
 */
export function starrerFor(ports: StarPorts, id: string, connection: Connection): Starrer {
  const inTurn = turnsOf(connection);
  const { stars, threads, provider } = connection;
  return {
    async setStarred(threadId, starred) {
      const key = threads.keyOf(threadId);
      return await inTurn(key, async () => {
        if (!stars) return await keep(ports, provider.label, starAddress(id, key), starred);
        return insisted(provider.label, starred, await stars.setStarred(threadId, starred));
      });
    },
  };
}

/** Keys of the threads that are starred with us; for a connection whose vendor has no stars. */
export async function keptStars(store: Store, id: string): Promise<ReadonlySet<string>> {
  return new Set((await store.list(starsPartition(id))).map(({ key }) => key));
}

/** Whether one thread is starred with us. */
export const isKept = async (store: Store, id: string, { key }: Pick<Thread, 'key'>): Promise<boolean> =>
  (await store.get(starAddress(id, key))) !== undefined;

export const withKeptStar = (thread: Thread, kept: ReadonlySet<string>): Thread => ({
  ...thread,
  starred: kept.has(thread.key),
});

/** Events of the connections whose stars are kept with us show them. */
export function composeWithStars(compose: Compose, store: Store, keepsStars: (connection: string) => boolean): Compose {
  return async (happening, recordedAt) => {
    const { connection, thread } = happening;
    if (!keepsStars(connection)) return await compose(happening, recordedAt);
    const starred = await isKept(store, connection, thread);
    return await compose({ ...happening, thread: { ...thread, starred } }, recordedAt);
  };
}
