import assert from 'node:assert/strict';
import { HOUR } from './backfill-bench.ts';
import { type Engine, MINUTE } from './harness.ts';
import { LiveInbox, quotaBench } from './live-inbox.ts';
import { of } from './rule.ts';

/** Polled at leisure, and as often as the quotas bear. */
async function besideLiveReplies(engine: Engine): Promise<void> {
  for (const everySeconds of [60, 10]) {
    const bench = quotaBench(everySeconds, { configured: 'all' });
    const inbox = new LiveInbox(engine, bench, 4 * MINUTE);
    await inbox.goOn(5 * HOUR);
    assert(inbox.told >= 74, `polled every ${everySeconds} s, live replies were not all told beside a backfill`);
    assert(
      inbox.latest <= 1,
      `polled every ${everySeconds} s, a backfill made live replies ${inbox.latest} minutes late`,
    );
    assert(bench.count('reply.received') > 200, `polled every ${everySeconds} s, a backfill came nowhere`);
  }
}

/** Each page shows ten threads of 300, whatever is asked for. */
async function shortPages(engine: Engine): Promise<void> {
  const bench = quotaBench(10, { switches: { coldsendPageRows: 10 } });
  const inbox = new LiveInbox(engine, bench, 4 * MINUTE);
  await inbox.goOn(6 * HOUR);
  assert(
    inbox.latest <= 2,
    `polled as often as the quotas bear, replies are ${inbox.latest} minutes late in short pages`,
  );
}

export const QUOTA_RULES = {
  'P4 short pages are read in time, polled as often as the quotas bear': of('coldsend', shortPages),
  'P3 a backfill leaves live replies the calls that they need': of('coldsend', besideLiveReplies),
};
