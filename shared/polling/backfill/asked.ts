import * as z from 'zod/mini';
import type { Instant } from '../../model.ts';
import { isStillResting } from '../../resting.ts';
import { collection, readable, type Stored } from '../../store/collection.ts';
import { askedBackfillAddress } from '../../store/keys.ts';
import type { Store } from '../../store/store.ts';

const Asked = z.object({
  since: z.number(),
  /** Who asked for it works on it, and polls leave it alone, until then. */
  heldUntil: z.exactOptional(z.number()),
});
/** A backfill that is to go on until it is done, whoever waits for it. */
export type AskedBackfill = Readonly<z.infer<typeof Asked>>;

/** The connection, and the partition of its checkpoints. */
export interface BackfillPlace {
  readonly shard: string;
  readonly connection: string;
}

const askedBackfills = collection<AskedBackfill>({ name: 'backfill that was asked for', schema: Asked });

const WRITES_MAX = 5;
/** As long as a piece may take; who is gone for longer has left it to the polls. */
const HELD_MS = 5 * 60_000;

export const isHeld = ({ heldUntil = 0 }: AskedBackfill, now: Instant): boolean =>
  isStillResting(heldUntil, now, HELD_MS);

async function change(
  store: Store,
  { shard, connection }: BackfillPlace,
  next: (asked: AskedBackfill | undefined) => AskedBackfill | 'keep' | 'remove',
): Promise<Stored<AskedBackfill> | undefined> {
  const updated = await askedBackfills.update(
    store,
    askedBackfillAddress(shard, connection),
    (stored) => {
      const value = next(stored?.value);
      return typeof value === 'string' ? value : { value };
    },
    { tries: WRITES_MAX },
  );
  if (updated.kind === 'unreadable') throw updated.error;
  if (updated.kind === 'contended') throw new Error('backfill: it is being asked for by others');
  return updated.kind === 'removed' ? undefined : updated.stored;
}

/** The one that goes on; undefined where none does. */
export async function askedBackfill(
  store: Store,
  { shard, connection }: BackfillPlace,
): Promise<AskedBackfill | undefined> {
  return readable(await askedBackfills.get(store, askedBackfillAddress(shard, connection)))?.value;
}

/** Asks for it, and for what was asked for before and is not done: one goes on at a time, as far back as any was to go. */
export async function askForBackfill(store: Store, place: BackfillPlace, since: Instant): Promise<void> {
  await change(store, place, (asked) => (asked && asked.since <= since ? 'keep' : { ...asked, since }));
}

/** Since when it is to be worked on, by who holds it from now on; undefined where it was stopped, or is done. */
export async function holdBackfill(store: Store, place: BackfillPlace, now: Instant): Promise<Instant | undefined> {
  const held = await change(store, place, (asked) => (asked ? { ...asked, heldUntil: now + HELD_MS } : 'keep'));
  return held?.value.since;
}

/** It is done, unless one that goes further back was asked for meanwhile. */
export async function endBackfill(store: Store, place: BackfillPlace, since: Instant): Promise<void> {
  await change(store, place, (asked) => (asked && asked.since >= since ? 'remove' : 'keep'));
}

/** Somebody wants it no more. What was recorded stays; asked for again, it goes on where it stopped. True: there was one. */
export async function stopBackfill(store: Store, place: BackfillPlace): Promise<boolean> {
  let wasAsked = false;
  await change(store, place, (asked) => {
    wasAsked = asked !== undefined;
    return asked ? 'remove' : 'keep';
  });
  return wasAsked;
}
