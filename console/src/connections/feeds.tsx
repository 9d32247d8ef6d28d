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

/** What people call the feeds of a connection: a campaign has a name. */
export type FeedNames = ReadonlyMap<string, string>;

const feedName = (feed: string, names: FeedNames): string =>
  feed === '*' ? 'all of them' : shown(names.get(feed) ?? feed);
const isLate = ({ lagMs, everyMs }: Feed): boolean => lagMs > LATE_INTERVALS * everyMs;
const latestFirst = (one: Feed, other: Feed): number => other.lagMs / other.everyMs - one.lagMs / one.everyMs;

function FeedRow({ feed, name }: { readonly feed: Feed; readonly name: string }) {
  return (
    <tr>
      <th scope="row">
        <bdi>{name}</bdi>
      </th>
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

export function Feeds({ feeds, names }: { readonly feeds: readonly Feed[]; readonly names: FeedNames }) {
  if (feeds.length === 0) return <p>Its feeds were not polled yet.</p>;
  const sorted = feeds.length > FEEDS_MAX ? [...feeds].sort(latestFirst).slice(0, FEEDS_MAX) : feeds;
  return (
    <div class="wide">
      <table class="feeds">
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
            <FeedRow key={feed.feed} feed={feed} name={feedName(feed.feed, names)} />
          ))}
        </tbody>
      </table>
      {feeds.some(isLate) && (
        <p class="soft">
          What is late is tried again by itself. To see what the vendor answers, choose that campaign in the inbox.
        </p>
      )}
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
  survey: 'Looking through',
  backfill: 'Older replies of',
};

function readText({ kind, read, of }: Reading): string {
  const unit = kind === 'backfill' ? 'threads' : 'rows';
  return of === null ? `${read} ${unit} so far` : `${read} of ${of} ${unit}`;
}

/** What goes on over many polls. */
export function Readings({ readings, names }: { readonly readings: readonly Reading[]; readonly names: FeedNames }) {
  if (readings.length === 0) return null;
  return (
    <ul class="readings" aria-label="Readings under way">
      {readings.map((reading) => {
        const { feed, kind, read, of } = reading;
        const label = `${KINDS[kind]} ${feedName(feed, names)}`;
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
    <p class="soft">
      Calls to the vendor now: {budgetText(acting)} for what people do
      {polling && <>, {budgetText(polling)} for polling</>}.
    </p>
  );
}
