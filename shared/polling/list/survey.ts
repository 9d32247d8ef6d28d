import { ProviderError } from '../../failure.ts';
import type { Instant } from '../../model.ts';
import { isStillResting } from '../../resting.ts';
import { concernsPlaceAlone, type ListContext } from '../feed/context.ts';
import type { Checkpoint, Survey } from '../state/documents.ts';
import { FAILED_REST_MS } from './past-failing.ts';
import { rowReader } from './rows.ts';
import { type Pages, pagesMax } from './slices.ts';
import { isMoreThanASlip, type Placed, type Risen, risenOn, Walk } from './walk.ts';

/** What a slice of a survey came to. */
export interface Surveyed {
  /** `unproved`: the list repeats itself, so that its end was not met. */
  readonly found: 'nothing yet' | 'in order' | 'out of order' | 'unproved';
  /** Where it goes on. */
  readonly survey?: Survey;
  readonly failure?: ProviderError;
}

/** Rows of the page above that are looked at again with those below. */
const TAIL_ROWS = 2;

/** More than a slip, or one row that is new to polling, shows that others stand above what is newer. */
class Order {
  readonly #provedTo: Instant;
  #above: readonly Placed[] = [];
  #tail: readonly Placed[];

  /** `last`: where the slice before ended. */
  constructor(provedTo: Instant, last: Instant | undefined) {
    this.#provedTo = provedTo;
    this.#tail = last === undefined ? [] : [{ key: '', lastActivityAt: last }];
  }

  isBrokenBy(page: readonly Placed[]): boolean {
    const shown = new Set(this.#above.map(({ key }) => key));
    // Rows that have moved down meanwhile stand above the last one that was read, which is shown again with them.
    const isShownAgain =
      this.#above.length === 0 && page.some((row) => row.lastActivityAt === this.#tail[0]?.lastActivityAt);
    const rows = [...(isShownAgain ? [] : this.#tail), ...page.filter(({ key }) => !shown.has(key))];
    const risen = risenOn(rows);
    this.#above = page;
    this.#tail = rows.slice(-TAIL_ROWS);
    const isNews = ({ row, oldest }: Risen) => row.lastActivityAt >= this.#provedTo && oldest < this.#provedTo;
    return isMoreThanASlip(risen) || risen.some(isNews);
  }
}

export const isSurveyUnderWay = ({ survey }: { readonly survey?: Survey | undefined }, now: Instant): boolean =>
  survey !== undefined && !(survey.until !== undefined && isStillResting(survey.until, now, FAILED_REST_MS));

/** The survey to go on with; `begins`: one is to be begun. A list that is read whole needs none. */
export function surveyOf({ unorderedAt, survey, lowWatermark }: Checkpoint, begins: boolean): Survey | undefined {
  if (unorderedAt !== undefined) return undefined;
  return survey ?? (begins ? { lowWatermark } : undefined);
}

/** Written in place of the low watermark, as it is of most feeds most of the time: a checkpoint is read by each poll. */
export const LOW_WATERMARK = 0;

/** Every message sent before this was handled, wherever its thread stands. */
export function provedTo({ provedTo: proved, survey, lowWatermark }: Checkpoint): Instant {
  if (proved === LOW_WATERMARK) return lowWatermark;
  return proved ?? survey?.lowWatermark ?? lowWatermark;
}

/**
 * A slice of a survey: it looks through the whole list, and opens nothing. A list that is newest first is read from its top to the low
 * watermark alone, so that a group of rows which always stands on top would hide what is below it.
 */
export async function surveyOn(
  context: ListContext & { readonly now: Instant },
  checkpoint: Checkpoint,
  under: Survey,
  { first }: Pages,
): Promise<Surveyed> {
  const { limits, ports } = context;
  const { position, read: before = 0, lowWatermark } = under;
  const most = pagesMax(context, position);
  const read = rowReader(context, { interested: false, certain: true });
  const order = new Order(provedTo(checkpoint), under.last);
  let survey = under;
  try {
    const step = { page: position === undefined ? first : await read(position), position };
    const walk = new Walk(read, step, { limits, log: ports.log });
    let pages = 0;
    let received = before;
    for await (const { page } of walk.pages()) {
      if (order.isBrokenBy(page.rows)) return { found: 'out of order' };
      pages += 1;
      received += page.received;
      if (page.next === undefined) return { found: 'in order' };
      const last = page.rows.at(-1)?.lastActivityAt ?? survey.last;
      survey = { position: page.next, read: received, lowWatermark, ...(last !== undefined && { last }) };
      if (pages >= most) return { found: 'nothing yet', survey };
    }
    return { found: 'unproved' };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    ports.log.info('list.survey_rests', { feed: context.feed.id });
    // What lies deep in a list and cannot be read is no trouble of what is polled.
    const failure = !concernsPlaceAlone(error) && { failure: error };
    return { found: 'nothing yet', survey: { ...survey, until: context.now + FAILED_REST_MS }, ...failure };
  }
}
