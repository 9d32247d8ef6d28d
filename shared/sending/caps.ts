import * as z from 'zod/mini';
import type { Instant } from '../model.ts';
import { collection } from '../store/collection.ts';
import { dayNumber, dayText, sentOnDayAddress } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import type { StoredSend } from './send.ts';

const TRIES = 8;
/** Of a send's id, enough to tell a day's sends apart. */
const MARK_CHARACTERS = 10;

export const dayOf = (now: Instant): string => dayText(dayNumber(now));

/** The sends of a connection that count for a day's limit. */
const DAYS = collection({ name: 'day of sends', schema: z.object({ ids: z.readonly(z.array(z.string())) }) });

export type Counted = 'counted' | 'over' | 'contended';

/**
 * Counts the send on its connection's day, once: the ids are kept, so that a repeated write counts nothing twice. `over` when
 * it is beyond the limit, also where that was lowered since it was counted.
 */
export async function countDay(
  store: Store,
  { connection, id }: Pick<StoredSend, 'connection' | 'id'>,
  { now, perDay }: { readonly now: Instant; readonly perDay: number },
): Promise<Counted> {
  const mark = id.slice('snd_'.length, 'snd_'.length + MARK_CHARACTERS);
  let fits = false;
  const updated = await DAYS.update(
    store,
    sentOnDayAddress(connection, dayNumber(now)),
    (stored) => {
      const ids = stored?.value.ids ?? [];
      const at = ids.indexOf(mark);
      fits = (at < 0 ? ids.length : at) < perDay;
      return fits && at < 0 ? { value: { ids: [...ids, mark] } } : 'keep';
    },
    { tries: TRIES },
  );
  if (updated.kind === 'unreadable') throw updated.error;
  if (updated.kind === 'contended') return 'contended';
  return fits ? 'counted' : 'over';
}
