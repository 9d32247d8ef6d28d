import type { Provider } from '../../shared/provider.ts';

/** Of each budget; the rest is for triggers. */
const SHARE = 0.4;
/** What an action costs at the most when all goes well: reading the thread, its pages, and the act itself. */
const CALLS = 4;

/**
 * Actions wait at Zapier when there are more than the key's budget bears. All of them share one count. Left out where a
 * provider of the app states no budget: its owners would wait for nothing, and a 429 is obeyed anyway.
 */
export function throttleFor(providers: readonly Provider[]) {
  const limits = providers.map(({ quotas }) => quotas.toSorted((one, other) => other.perMs - one.perMs)[0]);
  const [longest] = limits;
  if (longest === undefined || limits.includes(undefined)) return {};
  const limit = Math.max(1, Math.floor((longest.requests * SHARE) / CALLS));
  return { throttle: { window: longest.perMs / 1_000, limit, scope: ['auth'] } };
}

/** Actions on one thread wait for one another, so that each sees what the one before has done. */
export const ONE_AT_A_TIME = { lock: { key: '{{bundle.inputData.thread_id}}', scope: ['auth'], timeout: 60 } };
