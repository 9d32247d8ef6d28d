import type { Instant } from '../../model.ts';
import { Unreadable } from '../../store/collection.ts';
import { backfillAddress } from '../../store/keys.ts';
import type { Store } from '../../store/store.ts';
import { type BackfillState, backfillStates } from '../state/documents.ts';
import { BEGINNING } from './work-through.ts';

/** "7d" asked for again a little later means the same backfill, which goes on from where it began. */
const SAME_JOB_MS = 24 * 60 * 60_000;

/** What a feed's backfill goes on from; `isNew`: it begins now, and nothing is stored of it. */
export async function loadBackfill(store: Store, connection: string, feed: string, since: Instant) {
  const stored = await backfillStates.get(store, backfillAddress(connection, feed));
  const version = stored?.version ?? 0;
  const fresh: BackfillState = { since, list: BEGINNING, threads: 0, recorded: 0 };
  // One that cannot be read is written anew: what was recorded is not recorded again.
  if (!stored || stored instanceof Unreadable) return { state: fresh, version, isNew: true };
  const state = stored.value.gone ? cameBack(stored.value) : stored.value;
  const goesOn = state.since === since || (!state.done && Math.abs(state.since - since) <= SAME_JOB_MS);
  if (goesOn) return { state, version, isNew: false };
  // What was recorded before it was to go further back counts on; its threads are read, and counted, anew.
  const { recorded } = state.done ? fresh : state;
  return { state: { ...fresh, recorded }, version, isNew: true };
}

/** A campaign that was gone is listed again. */
function cameBack({ done: _, gone: __, failing: ___, ...state }: BackfillState): BackfillState {
  return state;
}
