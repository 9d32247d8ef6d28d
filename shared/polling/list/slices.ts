import { ProviderError } from '../../failure.ts';
import type { Instant } from '../../model.ts';
import type { RowPage } from '../../provider.ts';
import type { ListContext } from '../feed/context.ts';
import type { PollLimits } from '../feed/limits.ts';
import type { Checkpoint } from '../state/documents.ts';
import { rowReader } from './rows.ts';
import { nothingRead, type Scan, scanDown } from './scan.ts';
import { isOutOfOrder, readFrom } from './walk.ts';

/** The first page of each of a feed's two lists. */
export interface Pages {
  readonly first: RowPage;
  readonly interested: RowPage;
}

/** Pages of one list that a poll reads at the most; what is below is read by the next. */
const pagesAtOnce = ({ callsPerPoll }: PollLimits) => Math.max(2, Math.floor(callsPerPoll / 2));

/** A slice of the interested list, from where the poll before stopped. */
export async function scanInterested(context: ListContext, pages: Pages, checkpoint: Checkpoint): Promise<Scan> {
  const read = rowReader(context, true);
  const pagesMax = pagesAtOnce(context.limits);
  if (checkpoint.interestedScan === undefined) {
    return await scanDown(context, read, pages.interested, {
      lowWatermark: 0,
      pagesMax,
      unordered: isOutOfOrder(pages.interested),
    });
  }
  try {
    // A page back: rows that lost their label meanwhile pulled those below them up.
    const from = await read(Math.max(0, checkpoint.interestedScan.offset - context.limits.pageRows));
    return await scanDown(context, read, from, { lowWatermark: 0, pagesMax: pagesMax + 1, unordered: true });
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return { ...nothingRead(checkpoint.interestedScan.offset), complete: false, failure: error };
  }
}

/** The list down to `lowWatermark`, or a slice of it from where the poll before stopped. */
export async function scanWindow(
  context: ListContext,
  checkpoint: Checkpoint,
  pages: Pages,
  lowWatermark: Instant,
): Promise<Scan> {
  const read = rowReader(context, false);
  const unordered = checkpoint.unorderedAt !== undefined;
  const pagesMax = pagesAtOnce(context.limits);
  if (!checkpoint.resume) return await scanDown(context, read, pages.first, { lowWatermark, pagesMax, unordered });
  let scan: Scan;
  try {
    const from = unordered
      ? await read(Math.max(0, checkpoint.resume.offset - 1))
      : await readFrom(read, checkpoint.resume.offset, checkpoint.resume.at);
    scan = await scanDown(context, read, from, { lowWatermark, pagesMax, unordered });
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    const { at, offset } = checkpoint.resume;
    scan = { ...nothingRead(offset), complete: false, reachedAt: at, failure: error };
  }
  for (const row of pages.first.rows) scan.union.rows.set(row.key, scan.union.rows.get(row.key) ?? row);
  return scan;
}
