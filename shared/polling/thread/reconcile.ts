import { inParallel } from '../../concurrency/in-parallel.ts';
import type { ProviderError } from '../../failure.ts';
import type { Thread } from '../../model.ts';
import type { RowPage } from '../../provider.ts';
import { endsPoll, type FeedContext } from '../feed/context.ts';
import { awaitsRetry } from '../state/documents.ts';
import { openThread } from './open.ts';

/** Threads of a reconcile opened side by side: one after another they would be the longest wait of a round over many feeds. */
export const RECONCILE_AT_ONCE = 5;

/** Opens the newest threads again, whatever their rows say, but those that are opened by themselves. The first failure that ends the poll leaves out the rest. */
export async function reconcile(context: FeedContext, first: RowPage): Promise<ProviderError | undefined> {
  const errors: unknown[] = [];
  const open = async (row: Thread) => {
    const known = context.seenThreads.get(row.key);
    if (errors.length > 0 || known?.openedAt === context.now || awaitsRetry(known)) return;
    // Kept, not thrown: nothing is left running behind the back of whoever hears of it.
    await openThread(context, row, true).catch((error: unknown) => errors.push(error));
  };
  await inParallel(first.rows.slice(0, context.limits.reconcileThreads), RECONCILE_AT_ONCE, open);
  const broken = errors.filter((error) => !endsPoll(error));
  if (broken.length > 0) throw broken[0];
  return errors.find(endsPoll);
}
