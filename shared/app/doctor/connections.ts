import { isLate } from '../../api/connections.ts';
import type { ApiConnection } from '../../api/deps.ts';
import { readFeeds } from '../../api/readings.ts';
import type { CheckView, ConnectionView } from '../../api/shapes.ts';
import { feedName, minuteText, troubleViews } from '../../api/troubles.ts';
import type { ConnectionConfig } from '../../config/schema.ts';
import type { Secrets } from '../../config/secret.ts';
import { ProviderError } from '../../failure.ts';
import { KEY_TEXT } from '../../fields.ts';
import { aheadOf } from '../../polling/feed/ahead.ts';
import { lateWindowMs } from '../../polling/feed/context.ts';
import { POLL_LIMITS } from '../../polling/feed/limits.ts';
import type { RowPage } from '../../provider.ts';
import type { Store } from '../../store/store.ts';
import { broken, found, ok, plural, spanText, warning } from './checks.ts';

/** A clock this far from the vendor's is worth a word; delivery times are ours, decisions are the vendor's. */
const SKEW_MS = 2 * 60_000;

const ASK_FOR_ZONE = 'ask the vendor in which zone it writes them';

export interface ConnectionWorld {
  readonly store: Store;
  readonly now: () => number;
  readonly shardOf: (connection: string) => number;
}

/** Of the config, and not open. */
export function closedConnection({ id, apiKey }: ConnectionConfig, secrets: Secrets): CheckView {
  const subject = `connection ${id}`;
  const key = secrets.get(apiKey);
  if ('lack' in key) return broken(subject, `Its key cannot be read; ${secrets.advice(apiKey)}.`);
  if (!KEY_TEXT.test(key.value))
    return broken(
      subject,
      `Its key holds a space, a line break or another sign that no key has; ${secrets.advice(apiKey)}.`,
    );
  return broken(subject, 'It cannot be opened with what the config says of it; check its provider and baseUrl.');
}

async function checkKey({ id, connection }: ApiConnection): Promise<CheckView> {
  const subject = `connection ${id}`;
  return await found(subject, async () => {
    const { warning: words } = await connection.verify();
    return words ? warning(subject, words) : ok(subject, `${connection.provider.label} accepts the key.`);
  });
}

/** What the vendor calls each feed; empty where its campaigns cannot be listed. */
type Names = ReadonlyMap<string, string>;

interface Listed {
  readonly check: CheckView;
  readonly names: Names;
}

async function checkCampaigns({ id, connection, campaigns: wanted }: ApiConnection): Promise<Listed> {
  const subject = `connection ${id}, campaigns`;
  let names: Names = new Map();
  const check = await found(subject, async () => {
    try {
      const campaigns = await connection.campaigns.list();
      names = new Map(campaigns.map((campaign) => [campaign.id, campaign.name]));
      const unknown = wanted.filter((campaign) => campaign !== '*' && !names.has(campaign));
      if (unknown.length > 0) {
        const named = namesOf(unknown, names);
        return warning(
          subject,
          `The config names ${named}, which ${connection.provider.label} does not list, so nothing is told of that; correct "campaigns" by "replybus campaigns ${id}".`,
        );
      }
      return ok(subject, `${plural(campaigns.length, 'campaign')} can be listed.`);
    } catch (error) {
      // Polling goes on without this list where the vendor has one feed for all.
      if (error instanceof ProviderError && error.failure.kind === 'scope') return warning(subject, error.message);
      throw error;
    }
  });
  return { check, names };
}

function checkTimes(subject: string, { date, rows }: RowPage, here: number): CheckView {
  const vendorTime = date ?? here;
  const skew = Math.abs(here - vendorTime);
  if (skew > SKEW_MS) return warning(subject, `The clock here is ${spanText(skew)} off the vendor's; set it by NTP.`);
  const ahead = aheadOf(rows, vendorTime, vendorTime - lateWindowMs(POLL_LIMITS));
  if (!ahead?.all) return ok(subject, 'Replies can be read.');
  const detail = `Times of new mail are ${spanText(ahead.to - vendorTime)} and more ahead of the vendor's clock; ${ASK_FOR_ZONE}. Replies are told all the same.`;
  return warning(subject, detail);
}

/** Feeds asked until one answers; each may take as long as a call can. */
const FEEDS_ASKED_MAX = 3;

/** Those that polling knows are polled on where the vendor lists none any more. */
async function checkNoFeeds(subject: string, { connection, lags }: ApiConnection): Promise<CheckView> {
  const known = (await lags()).filter(({ feed }) => feed !== '*').length;
  if (known === 0) return warning(subject, 'There is nothing to poll yet; it starts with the first campaign.');
  const polled = known === 1 ? 'the campaign that was there is' : `the ${known} campaigns that were there are`;
  return warning(subject, `${connection.provider.label} lists no campaign any more; ${polled} polled on.`);
}

async function checkInbox(of: ApiConnection, now: () => number): Promise<CheckView> {
  const { id, connection, campaigns } = of;
  const subject = `connection ${id}, replies`;
  return await found(subject, async () => {
    const feeds = await connection.feeds.feeds(campaigns);
    if (feeds.length === 0) return await checkNoFeeds(subject, of);
    const failed: string[] = [];
    let failure: unknown;
    for (const feed of feeds.slice(0, FEEDS_ASKED_MAX)) {
      try {
        const rows = Math.max(1, connection.feeds.pageRowsMax);
        return checkTimes(subject, (await connection.feeds.rows(feed, { rows })).page(), now());
      } catch (error) {
        if (!(error instanceof ProviderError)) throw error;
        failed.push(feedName(feed.id, feed.campaign?.name));
        failure = error;
      }
    }
    if (feeds.length === 1 || !(failure instanceof ProviderError)) throw failure;
    return broken(subject, `Nothing can be read of ${failed.join(', ')}: ${failure.message}`);
  });
}

/** Feeds named in one sentence. */
const NAMED_MAX = 3;

function namesOf(feeds: Iterable<string>, names: Names): string {
  const all = [...feeds].map((feed) => feedName(feed, names.get(feed)));
  const more = all.length - NAMED_MAX;
  return more > 0 ? `${all.slice(0, NAMED_MAX).join(', ')} and ${more} more` : all.join(', ');
}

const READS: Readonly<Record<ConnectionView['readings'][number]['kind'], string>> = {
  baseline: 'first reading',
  'catch-up': 'list',
  interested: 'interested list',
  survey: 'look through the list',
  backfill: 'backfill',
};

function progressText({ kind, feed, read, of }: ConnectionView['readings'][number], names: Names): string {
  const unit = kind === 'backfill' ? 'thread' : 'row';
  const come = of === null ? plural(read, unit) : `${read} of ${plural(of, unit)}`;
  return `${READS[kind]} of ${feedName(feed, names.get(feed))}, ${come} so far`;
}

async function checkLists({ id }: ApiConnection, world: ConnectionWorld, names: Names): Promise<readonly CheckView[]> {
  const { readings, stopped, unordered, timeless, repeating } = await readFeeds(world, id);
  const checks: CheckView[] = [];
  const first = new Set(readings.flatMap(({ kind, feed }) => (kind === 'baseline' ? [feed] : [])));
  if (first.size > 0) {
    const detail = `${plural(first.size, 'feed is', 'feeds are')} read through for the first time; until then new replies may take some minutes.`;
    checks.push(ok(`connection ${id}, baseline`, detail));
  }
  if (readings.length > 0) {
    const named = readings.slice(0, NAMED_MAX).map((reading) => progressText(reading, names));
    const more = readings.length > NAMED_MAX ? `, and ${readings.length - NAMED_MAX} more` : '';
    checks.push(ok(`connection ${id}, readings`, `Under way, a slice with each poll: ${named.join('; ')}${more}.`));
  }
  if (stopped.size > 0) {
    const detail = `The backfill of ${namesOf(stopped, names)} was stopped before its end and stands still; asked for again, it goes on.`;
    checks.push(ok(`connection ${id}, backfill`, detail));
  }
  const outOfOrder = [...unordered].filter((feed) => !timeless.has(feed));
  if (outOfOrder.length > 0) {
    const detail = `The vendor lists ${namesOf(outOfOrder, names)} out of order, so it is read whole, less often; replies come later.`;
    checks.push(warning(`connection ${id}, order`, detail));
  }
  if (timeless.size > 0) {
    const detail = `The vendor gives no time that can be read in the list of ${namesOf(timeless, names)}, so it is read whole, a slice with each poll; replies below its first page come later.`;
    checks.push(warning(`connection ${id}, times`, detail));
  }
  if (repeating.size > 0) {
    const next = minuteText(Math.min(...repeating.values()));
    const detail = `The list of ${namesOf(repeating.keys(), names)} goes on without anything new from some page on, so nothing below that can be read; it is tried again at growing intervals, next at ${next}.`;
    checks.push(warning(`connection ${id}, pages`, detail));
  }
  return checks;
}

/** Each feed that fails, by name: what the vendor answered, since when, when it is tried again, and what to do. */
async function checkTroubles({ id }: ApiConnection, { store, now }: ConnectionWorld): Promise<readonly CheckView[]> {
  const troubles = await troubleViews(store, id, now());
  return troubles.map(({ feed, what, detail }) => warning(`connection ${id}, ${what} of ${feed}`, detail));
}

async function checkLag(connection: ApiConnection, names: Names): Promise<readonly CheckView[]> {
  const subject = `connection ${connection.id}, polling`;
  if (connection.paused) return [warning(subject, 'It is paused; take "paused" out of the config to poll it.')];
  const lags = await connection.lags();
  const late = lags.filter(isLate).sort((one, other) => other.lagMs - one.lagMs);
  if (late.length > 0) {
    const most = spanText(Math.max(...late.map(({ lagMs }) => lagMs)));
    const named = namesOf(
      late.map(({ feed }) => feed),
      names,
    );
    const count = `${late.length} of ${plural(lags.length, 'feed is', 'feeds are')} late`;
    return [warning(subject, `${count}, the latest by ${most}: ${named}.`)];
  }
  // Before the first poll there is one lag for all feeds, which says nothing yet.
  const known = lags.filter(({ feed }) => feed !== '*').length;
  return known === 0 ? [] : [ok(subject, `${plural(known, 'feed is', 'feeds are')} polled in time.`)];
}

function checkBudget({ id, connection: { budget } }: ApiConnection): readonly CheckView[] {
  const waitMs = budget.waitMs();
  if (waitMs === 0) return [];
  const detail = `The calls its vendor allows are used up; the next one can be made in ${spanText(waitMs)}.`;
  return [warning(`connection ${id}, budget`, detail)];
}

/** Asks a connection how it is: its key, what can be read with it, and how its feeds are polled. */
export async function checkConnection(
  connection: ApiConnection,
  world: ConnectionWorld,
): Promise<readonly CheckView[]> {
  const key = await checkKey(connection);
  if (key.state === 'broken') return [key, ...(await checkTroubles(connection, world)), ...checkBudget(connection)];
  const { check: campaigns, names } = await checkCampaigns(connection);
  const inbox = await checkInbox(connection, world.now);
  const lists = await checkLists(connection, world, names);
  const polled = [...(await checkLag(connection, names)), ...(await checkTroubles(connection, world))];
  return [key, campaigns, inbox, ...lists, ...polled, ...checkBudget(connection)];
}
