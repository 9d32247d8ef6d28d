import { ProviderError } from '../failure.ts';
import type { Instant, Thread } from '../model.ts';
import type { Feed } from '../provider.ts';
import { APART_MS, nothingSpent, type PolledConnection, type PollingPorts, vendorDate } from './feed/context.ts';
import type { PollLimits } from './feed/limits.ts';
import { rowReader } from './list/rows.ts';
import { loadConnection, type StoredConnection, saveConnection, withCampaigns } from './state/connection.ts';

/**
 * The present, by a vendor's `Date` and this machine's clock. Where they are far apart, the earlier one is believed, since what
 * is sent after a moment that lies ahead would pass for old; but not where the list shows that it is behind: then it is as late as the
 * newest row, of what both allow.
 */
function presentOf(vendor: Instant, ours: Instant, rows: readonly Thread[]): Instant {
  if (Math.abs(vendor - ours) <= APART_MS) return vendor;
  const earlier = Math.min(vendor, ours);
  const later = Math.max(vendor, ours);
  const shown = rows.map(({ lastActivityAt }) => lastActivityAt).filter((at) => at > earlier + APART_MS && at <= later);
  return Math.max(earlier, ...shown);
}

/** The time at a feed's vendor, read twice, since one wrong Date is survived. */
async function timeAt(polled: PolledConnection, ports: PollingPorts, limits: PollLimits, feed: Feed): Promise<Instant> {
  const read = rowReader({ polled, feed, limits, spent: nothingSpent() }, { interested: false });
  const pages = [await read(), await read()];
  return presentOf(
    vendorDate(pages, ports.clock),
    ports.clock.now(),
    pages.flatMap(({ rows }) => rows),
  );
}

/** By HTTP's own words the key is refused. */
const REFUSALS: ReadonlySet<number> = new Set([401, 403]);

/** What the vendor's answers tell of the time there, be they errors: whoever is not refused is in contact with it. */
export class Contact {
  readonly #clock: PollingPorts['clock'];
  readonly #answers: { readonly date?: Instant }[] = [];
  /** Listens no more. */
  readonly end: () => void;

  constructor({ connection }: PolledConnection, { clock }: PollingPorts) {
    this.#clock = clock;
    this.end = connection.watch(({ status, date }) => {
      if (!REFUSALS.has(status)) this.#answers.push(date === undefined ? {} : { date });
    });
  }

  /** Undefined while nothing was answered. */
  time(): Instant | undefined {
    if (this.#answers.length === 0) return undefined;
    return presentOf(vendorDate(this.#answers, this.#clock), this.#clock.now(), []);
  }
}

/**
 * The vendor's time, from the first feed that answers: a campaign that fails keeps no other one off. Where none can be read, from
 * whatever was answered: what comes while the lists fail is new.
 */
export async function firstTime(
  polled: PolledConnection,
  ports: PollingPorts,
  limits: PollLimits,
  { feeds, contact }: { readonly feeds: readonly Feed[]; readonly contact: Contact },
): Promise<Instant> {
  let failure: unknown;
  for (const feed of feeds) {
    try {
      return await timeAt(polled, ports, limits, feed);
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      failure ??= error;
      if (polled.connection.budget.waitMs() > 0) break;
    }
  }
  if (failure === undefined) return ports.clock.now();
  const time = contact.time();
  if (time === undefined) throw failure;
  return time;
}

/** A connection that is on: what was remembered, or from this moment, by the vendor's time. */
export type SwitchedOn = StoredConnection & { readonly on: Instant };

export async function switchOn(
  polled: PolledConnection,
  ports: PollingPorts,
  now: () => Promise<Instant>,
): Promise<SwitchedOn> {
  const stored = await loadConnection(ports.store, polled.id);
  if (stored?.record.on !== undefined) return { ...stored, on: stored.record.on };
  const on = await now();
  const fresh = { ...stored?.record, provider: polled.connection.provider.id, on };
  const record = withCampaigns(fresh, polled.campaigns, on);
  const version = stored?.version ?? 0;
  if (await saveConnection(ports.store, polled.id, record, version)) return { record, version: version + 1, on };
  const other = await loadConnection(ports.store, polled.id);
  return other?.record.on === undefined ? { record, version, on } : { ...other, on: other.record.on };
}

/** Writes of a config's campaigns before the poll goes on without. */
const NOTES_MAX = 3;

/**
 * Remembers a config that names other campaigns: what it adds is recorded from now on, by the vendor's time. Undefined where others
 * wrote each time: nothing may be recorded then, since what was there before would pass for new.
 */
export async function noteCampaigns(
  known: SwitchedOn,
  polled: PolledConnection,
  ports: PollingPorts,
  now: () => Promise<Instant>,
): Promise<SwitchedOn | undefined> {
  let { record, version } = known;
  for (let notes = 0; notes < NOTES_MAX; notes += 1) {
    if (withCampaigns(record, polled.campaigns, 0) === record) return { record, version, on: known.on };
    const noted = withCampaigns(record, polled.campaigns, await now());
    if (await saveConnection(ports.store, polled.id, noted, version))
      return { record: noted, version: version + 1, on: known.on };
    const stored = await loadConnection(ports.store, polled.id);
    if (!stored) return undefined;
    ({ record, version } = stored);
  }
  return undefined;
}
