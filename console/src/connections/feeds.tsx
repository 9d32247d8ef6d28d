import type { ConnectionView } from '../core/api.ts';
import { spanText } from '../core/time.ts';
import { Badge, shown } from '../parts/parts.tsx';

type Feed = ConnectionView['feeds'][number];
type Reading = ConnectionView['readings'][number];
type Budget = ConnectionView['budget']['acting'];

/** A feed this many intervals behind is late, as /health says. */
const LATE_INTERVALS = 3;
/** Less is no time to wait for. */
const NOW_MS = 500;
/** Of a connection with hundreds of campaigns, those that matter most are seen first. */
const FEEDS_MAX = 20;

const feedName = (feed: string): string => (feed === '*' ? 'all of them' : shown(feed));
const isLate = ({ lagMs, everyMs }: Feed): boolean => lagMs > LATE_INTERVALS * everyMs;
const latestFirst = (one: Feed, other: Feed): number => other.lagMs / other.everyMs - one.lagMs / one.everyMs;

function FeedRow({ feed }: { readonly feed: Feed }) {
  return (
    <tr>
      <th scope="row">{feedName(feed.feed)}</th>
      <td>{spanText(feed.lagMs)} ago</td>
      <td>{feed.nextInMs < NOW_MS ? 'now' : `in ${spanText(feed.nextInMs)}`}</td>
      <td>{spanText(feed.everyMs)}</td>
      <td>
        {isLate(feed) ? <Badge tone="bad">late</Badge> : <Badge tone="good">on time</Badge>}{' '}
        {feed.unordered && (
          <span title="The vendor lists it out of order, so it is read whole, less often.">
            <Badge tone="warn">out of order</Badge>
          </span>
        )}
      </td>
    </tr>
  );
}

export function Feeds({ feeds }: { readonly feeds: readonly Feed[] }) {
  if (feeds.length === 0) return <p>Its feeds were not polled yet.</p>;
  const sorted = feeds.length > FEEDS_MAX ? [...feeds].sort(latestFirst).slice(0, FEEDS_MAX) : feeds;
  return (
    <div class="wide">
      <table>
        <thead>
          <tr>
            <th scope="col">Feed</th>
            <th scope="col">Last poll</th>
            <th scope="col">Next</th>
            <th scope="col">Every</th>
            <th scope="col">State</th>
          </tr>
        </thead>
        <tbody>
          {sorted.map((feed) => (
            <FeedRow key={feed.feed} feed={feed} />
          ))}
        </tbody>
      </table>
      {feeds.length > FEEDS_MAX && (
        <p>
          The {FEEDS_MAX} that have waited longest, of {feeds.length}.
        </p>
      )}
    </div>
  );
}

const KINDS: Readonly<Record<Reading['kind'], string>> = {
  baseline: 'First reading of',
  'catch-up': 'Reading on in',
  interested: 'Interested leads of',
  backfill: 'Older replies of',
};

function readText({ kind, read, of }: Reading): string {
  const unit = kind === 'backfill' ? 'threads' : 'rows';
  return of === null ? `${read} ${unit} so far` : `${read} of ${of} ${unit}`;
}

/** What goes on over many polls. */
export function Readings({ readings }: { readonly readings: readonly Reading[] }) {
  if (readings.length === 0) return null;
  return (
    <ul class="readings" aria-label="Readings under way">
      {readings.map((reading) => {
        const { feed, kind, read, of } = reading;
        const label = `${KINDS[kind]} ${feedName(feed)}`;
        return (
          <li key={`${kind} ${feed}`}>
            <span>{label}</span>
            {of === null ? (
              <progress aria-label={label} />
            ) : (
              <progress aria-label={label} value={Math.min(read, of)} max={Math.max(1, of)} />
            )}
            <small>{readText(reading)}</small>
          </li>
        );
      })}
    </ul>
  );
}

function budgetText({ left, waitMs }: Budget): string {
  if (waitMs > 0) return `none (the next in ${spanText(waitMs)})`;
  return left === null ? 'no limit' : `${left} left`;
}

export function Budgets({ budget: { acting, polling } }: Pick<ConnectionView, 'budget'>) {
  return (
    <p class="abilities">
      Calls to the vendor now: {budgetText(acting)} for what people do
      {polling && <>, {budgetText(polling)} for polling</>}.
    </p>
  );
}
