import { inParallel } from '../../shared/concurrency/in-parallel.ts';
import type { Thread } from '../../shared/model.ts';
import type { ThreadQuery } from '../../shared/provider.ts';
import type { ReplyItem } from '../items.ts';
import { fitted } from './fit.ts';
import { walk } from './lists.ts';
import { openAll } from './openings.ts';
import { BEGIN_MS, OPENINGS_MS, PARALLEL_MAX, type Poll, SAMPLES, type Scope, scopesOf } from './poll.ts';
import type { Opened } from './thread-memory.ts';

/** Pages of each list that are looked through for a sample, and threads opened for it. */
const SAMPLE_PAGES_MAX = 4;
const SAMPLE_OPENINGS_MAX = 24;

/** For the editor: the newest replies that the Zap would fire for, over all lists, however old. */
export async function newestMatching(
  poll: Poll,
  campaign: string | undefined,
  isWanted: (row: Thread) => boolean,
  itemsOf: (opened: Opened) => readonly ReplyItem[],
  query: ThreadQuery = {},
): Promise<readonly ReplyItem[]> {
  const scopes = await scopesOf(poll, campaign, query);
  poll.deadline.keep(OPENINGS_MS);
  const rows = await firstRows(poll, scopes, isWanted);
  poll.deadline.keep(0);
  const newest = rows.toSorted((one, other) => other.lastActivityAt - one.lastActivityAt);
  const items: ReplyItem[] = [];
  for (let at = 0; at < Math.min(newest.length, SAMPLE_OPENINGS_MAX) && items.length < SAMPLES; at += SAMPLES) {
    try {
      const { opened } = await openAll(poll, newest.slice(at, at + SAMPLES), { mode: 'sample' });
      items.push(...[...opened.values()].flatMap(itemsOf));
    } catch (error) {
      // Nothing to show would look as if there were none.
      if (items.length === 0) throw error;
      break;
    }
  }
  return fitted(items).slice(0, SAMPLES);
}

/** Enough wanted rows of each list; those that cannot be read are left out, as long as one can. */
async function firstRows(poll: Poll, scopes: readonly Scope[], isWanted: (row: Thread) => boolean) {
  const found: Thread[] = [];
  const failures: unknown[] = [];
  let read = 0;
  await inParallel(scopes, PARALLEL_MAX, async (scope) => {
    if (read > 0 && poll.deadline.leftMs() < BEGIN_MS) return;
    let wanted = 0;
    const isEnough = (page: readonly Thread[]) => {
      wanted += page.filter(isWanted).length;
      return wanted >= SAMPLE_OPENINGS_MAX;
    };
    try {
      found.push(...(await walk(poll, scope, { isEnough, pagesMax: SAMPLE_PAGES_MAX })).rows.filter(isWanted));
      read += 1;
    } catch (error) {
      failures.push(error);
    }
  });
  if (read === 0 && failures.length > 0) throw failures[0];
  return found;
}
