import type { Instant } from '../model.ts';
import { isStillResting, LONGEST_WAIT_MS } from '../resting.ts';
import { isEventAddress } from '../store/keys.ts';
import type { Address, Store } from '../store/store.ts';

/** Looked for so seldom, since everything that is due some day is read through. */
const EVERY_MS = 24 * 3_600_000;
const PAGE = 1_000;

/** When each store was last looked through; a process that has just started looks. */
const LOOKED_AT = new WeakMap<Store, Instant>();

/** Whether it is time to look; at once where the clock has been put back by a day or more. */
export function isTimeForStranded(store: Store, now: Instant): boolean {
  const at = LOOKED_AT.get(store);
  return at === undefined || !isStillResting(at + EVERY_MS, now, 2 * EVERY_MS);
}

/**
 * Where what a clock that was ahead, and has been put back since, has left may lie: what is due later than anything that is under
 * way waits, and events that were recorded in what is the future now. Whoever reads it sees whether it is so.
 */
export async function* stranded(store: Store, now: Instant): AsyncGenerator<Address> {
  for await (const address of store.dueAfter(now + LONGEST_WAIT_MS)) {
    // An event that was looked at is due when its body goes, which is months away.
    if (!isEventAddress(address)) yield address;
  }
  let after: string | undefined;
  do {
    const page = await store.timeline(now, { limit: PAGE, ...(after !== undefined && { after }) });
    yield* page.addresses;
    after = page.cursor;
  } while (after !== undefined);
  LOOKED_AT.set(store, now);
}
