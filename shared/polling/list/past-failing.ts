import type { ProviderError } from '../../failure.ts';
import { concernsPlaceAlone, type FeedContext } from '../feed/context.ts';
import { grownRestMs } from '../feed/rest.ts';
import type { Checkpoint, Resume } from '../state/documents.ts';
import type { Scan } from './scan.ts';

const FIRST_REST_MS = 60_000;
/** A page that fails is asked for again at least this often; the first page is read by each poll meanwhile. */
export const FAILED_REST_MS = 10 * FIRST_REST_MS;

/** So often in a row a page is asked for before a reading goes on without it, or begins again. */
export const ATTEMPTS = 6;
/** The same where the reading before went on without one, too. */
const ATTEMPTS_AGAIN = 2;
/** So many times a reading goes on without a page: where more fail, the vendor shows nothing that lies so deep. */
const PASSED_MAX = 3;
/** Rows that are passed over first, so that few are left out that could be read; doubled each time. */
const PASSED_ROWS = 25;

/** A page below the first failed, and that alone: the feed itself is well. */
export const placeFailure = ({ failure, failedAt }: Scan): ProviderError | undefined =>
  failure && failedAt !== undefined && concernsPlaceAlone(failure) ? failure : undefined;

/**
 * Where a reading goes on whose next page fails: there, after waits that grow. In the end below that page where the list is read to its end
 * anyway, else at the top again, so that nothing above it waits for what cannot be read.
 */
export function pastFailing(
  { now, polled }: Pick<FeedContext, 'now' | 'polled'>,
  { resume, lacks, unorderedAt }: Checkpoint,
  scan: Scan,
  found: Pick<Resume, 'position' | 'read'>,
): Pick<Resume, 'position' | 'read' | 'failed' | 'passed'> {
  const { failedAt } = scan;
  const { passed = 0 } = resume ?? {};
  const before = passed > 0 ? { passed } : {};
  if (failedAt === undefined || !placeFailure(scan) || found.position !== failedAt) return { ...found, ...before };
  const times = (resume?.position === failedAt ? (resume.failed?.times ?? 0) : 0) + 1;
  const restMs = Math.min(FAILED_REST_MS, grownRestMs(times, FIRST_REST_MS));
  const attempts = lacks || passed > 0 ? ATTEMPTS_AGAIN : ATTEMPTS;
  if (times < attempts) return { ...found, ...before, failed: { times, until: now + restMs } };
  const { below } = polled.connection.feeds;
  if (unorderedAt !== undefined && below && passed < PASSED_MAX)
    return { ...found, position: below(failedAt, PASSED_ROWS * 2 ** passed), passed: passed + 1 };
  return { read: 0, failed: { times: 0, until: now + FAILED_REST_MS } };
}
