import type { ApiConnection } from '../../api/deps.ts';
import type { ProbeView } from '../../api/shapes.ts';
import { ProviderError } from '../../failure.ts';
import type { Thread } from '../../model.ts';
import type { Clock } from '../../ports.ts';
import type { Feed, FeedReader, RowPage } from '../../provider.ts';
import { listSends } from '../../sending/list.ts';
import type { Store } from '../../store/store.ts';
import { findingsOf, type Looked } from './findings.ts';
import { Shapes } from './shape.ts';

/** Campaigns looked at for one that has replies. */
const FEEDS_TRIED_MAX = 5;
const PAGES_OF_ALL = 3;
const PAGES_OF_INTERESTED = 2;
/** Threads opened, each twice: about 20 calls a probe in all. */
const THREADS_OPENED = 3;

export interface ProbeWorld {
  readonly store: Store;
  readonly clock: Clock;
}

type Failed = ProbeView['failures'][number];

/** What the vendor refuses is a finding too; the rest goes on. */
class Steps {
  readonly failures: Failed[] = [];

  async try<Value>(step: string, work: () => Promise<Value>): Promise<Value | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      this.failures.push({ step, kind: error.failure.kind, detail: error.message });
      return undefined;
    }
  }
}

/** Rows with which a page begins and the one above ends: pages overlap, so that none is left out between them. */
function overlap(above: RowPage, page: RowPage): number {
  const keys = page.rows.map(({ key }) => key).join('\n');
  for (let rows = Math.min(above.rows.length, page.rows.length); rows > 0; rows -= 1) {
    const tail = above.rows.slice(-rows).map(({ key }) => key);
    if (`${keys}\n`.startsWith(`${tail.join('\n')}\n`)) return rows;
  }
  return 0;
}

/** What a page shows beyond the one above it; all of it where the vendor repeats itself. */
function beyond(above: RowPage | undefined, page: RowPage): RowPage {
  const shared = above ? overlap(above, page) : 0;
  if (shared === page.rows.length && page.next !== undefined) return page;
  return { ...page, rows: page.rows.slice(shared), received: page.received - shared };
}

async function pagesOf(feeds: FeedReader, feed: Feed, most: number, interested?: true): Promise<readonly RowPage[]> {
  const query = { rows: Math.max(1, feeds.pageRowsMax), ...(interested ? { interested } : {}) };
  const pages: RowPage[] = [];
  let above: RowPage | undefined;
  do {
    const position = above?.next;
    const page = (await feeds.rows(feed, { ...query, ...(position === undefined ? {} : { position }) })).page();
    pages.push(beyond(above, page));
    above = page;
  } while (pages.length < most && above.next !== undefined);
  return pages;
}

/** The first feed that has replies, with its first pages. */
async function readAll(feeds: FeedReader, listed: readonly Feed[]) {
  let read: { readonly feed: Feed; readonly pages: readonly RowPage[] } | undefined;
  for (const feed of listed.slice(0, FEEDS_TRIED_MAX)) {
    read = { feed, pages: await pagesOf(feeds, feed, PAGES_OF_ALL) };
    if (read.pages.some(({ received }) => received > 0)) break;
  }
  return read;
}

async function openTwice(feeds: FeedReader, threads: readonly Thread[]): Promise<Looked['opened']> {
  const opened: Looked['opened'][number][] = [];
  for (const thread of threads.slice(0, THREADS_OPENED)) {
    const first = await feeds.open(thread);
    if (first.lacks) throw first.lacks;
    opened.push({ row: thread, first, again: await feeds.open(thread, { campaignId: first.campaign?.id ?? '' }) });
  }
  return opened;
}

async function confirmedSends({ store, clock }: ProbeWorld, connection: string): Promise<number> {
  const { sends } = await listSends(store, clock.now(), { state: 'confirmed' });
  return sends.filter((send) => send.connection === connection).length;
}

/** Holds a live vendor against what we assume of it. Reads, and never writes. */
export async function probe({ id, connection, campaigns }: ApiConnection, world: ProbeWorld): Promise<ProbeView> {
  const { feeds, provider } = connection;
  const steps = new Steps();
  const shapes = new Shapes();
  const stop = connection.watch((answer) => shapes.see(answer));
  try {
    const key = await steps.try('check the key', async () => await connection.verify());
    await steps.try('list campaigns', async () => await connection.campaigns.list());
    const listed = (await steps.try('list feeds', async () => await feeds.feeds(campaigns))) ?? [];
    const read = await steps.try('list replies', async () => await readAll(feeds, listed));
    const all = read?.pages ?? [];
    const interested = read
      ? await steps.try('list interested', async () => await pagesOf(feeds, read.feed, PAGES_OF_INTERESTED, true))
      : undefined;
    const rows = all.flatMap((page) => page.rows);
    const opened = (await steps.try('open threads', async () => await openTwice(feeds, rows))) ?? [];
    const answers = shapes.told();
    const findings = findingsOf({
      ...(key && { key }),
      all,
      interested: interested ?? [],
      rowsWanted: feeds.pageRowsMax,
      opened,
      answers,
      hasLabels: provider.labels === true,
      confirmedSends: await confirmedSends(world, id),
      now: world.clock.now(),
    });
    return { connection: id, provider: provider.id, findings, failures: steps.failures, answers };
  } finally {
    stop();
  }
}
