import { isLate } from '../../api/connections.ts';
import type { ApiConnection } from '../../api/deps.ts';
import { readFeeds } from '../../api/readings.ts';
import type { CheckView } from '../../api/shapes.ts';
import type { ConnectionConfig } from '../../config/schema.ts';
import type { Secrets } from '../../config/secret.ts';
import { ProviderError } from '../../failure.ts';
import { KEY_TEXT } from '../../fields.ts';
import { aheadOf } from '../../polling/feed/ahead.ts';
import { lateWindowMs } from '../../polling/feed/context.ts';
import { POLL_LIMITS } from '../../polling/feed/limits.ts';
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

async function checkCampaigns({ id, connection }: ApiConnection): Promise<CheckView> {
  const subject = `connection ${id}, campaigns`;
  return await found(subject, async () => {
    try {
      const campaigns = await connection.campaigns.list();
      return ok(subject, `${plural(campaigns.length, 'campaign')} can be listed.`);
    } catch (error) {
      // Polling goes on without this list where the vendor has one feed for all.
      if (error instanceof ProviderError && error.failure.kind === 'scope') return warning(subject, error.message);
      throw error;
    }
  });
}

async function checkInbox({ id, connection, campaigns }: ApiConnection, now: () => number): Promise<CheckView> {
  const subject = `connection ${id}, replies`;
  return await found(subject, async () => {
    const [feed] = await connection.feeds.feeds(campaigns);
    if (!feed) return warning(subject, 'There is nothing to poll yet; it starts with the first campaign.');
    const { feeds } = connection;
    const { date = now(), rows } = (await feeds.rows(feed, { rows: Math.max(1, feeds.pageRowsMax) })).page();
    const skew = Math.abs(now() - date);
    if (skew > SKEW_MS) return warning(subject, `The clock here is ${spanText(skew)} off the vendor's; set it by NTP.`);
    const ahead = aheadOf(rows, date, date - lateWindowMs(POLL_LIMITS));
    if (!ahead?.all) return ok(subject, 'Replies can be read.');
    const detail = `Times of new mail are ${spanText(ahead.to - date)} and more ahead of the vendor's clock; ${ASK_FOR_ZONE}. Replies are told all the same.`;
    return warning(subject, detail);
  });
}

async function checkLists({ id }: ApiConnection, world: ConnectionWorld): Promise<readonly CheckView[]> {
  const { readings, unordered, repeating, behind } = await readFeeds(world, id);
  const checks: CheckView[] = [];
  const first = new Set(readings.flatMap(({ kind, feed }) => (kind === 'baseline' ? [feed] : [])));
  if (first.size > 0) {
    const detail = `${plural(first.size, 'feed is', 'feeds are')} read through for the first time; until then new replies may take some minutes.`;
    checks.push(ok(`connection ${id}, baseline`, detail));
  }
  if (unordered.size > 0) {
    const detail = `The vendor lists ${plural(unordered.size, 'feed')} out of order, so each is read whole, less often; replies come later.`;
    checks.push(warning(`connection ${id}, order`, detail));
  }
  if (repeating.size > 0) {
    const detail = `The vendor answers with the same page again and again for ${plural(repeating.size, 'feed')}, so nothing below it can be read; it is tried again at growing intervals.`;
    checks.push(warning(`connection ${id}, pages`, detail));
  }
  if (behind.length > 0) {
    const detail = `Times of new mail are ${spanText(Math.max(...behind))} behind the vendor's clock in ${plural(behind.length, 'feed')}; ${ASK_FOR_ZONE}. Replies are told all the same; what shows late is found by the daily reading.`;
    checks.push(warning(`connection ${id}, times`, detail));
  }
  return checks;
}

async function checkLag(connection: ApiConnection): Promise<readonly CheckView[]> {
  const subject = `connection ${connection.id}, polling`;
  if (connection.paused) return [warning(subject, 'It is paused; take "paused" out of the config to poll it.')];
  const lags = await connection.lags();
  const late = lags.filter(isLate);
  if (late.length > 0) {
    const most = spanText(Math.max(...late.map(({ lagMs }) => lagMs)));
    return [
      warning(subject, `${late.length} of ${plural(lags.length, 'feed is', 'feeds are')} late, the latest by ${most}.`),
    ];
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
  if (key.state === 'broken') return [key, ...checkBudget(connection)];
  const campaigns = await checkCampaigns(connection);
  const inbox = await checkInbox(connection, world.now);
  const rest = [...(await checkLists(connection, world)), ...(await checkLag(connection)), ...checkBudget(connection)];
  return [key, campaigns, inbox, ...rest];
}
