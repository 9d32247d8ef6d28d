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

/** What a page holds from this row on: it may start before. */
function from(page: RowPage, offset: number): RowPage {
  const before = Math.max(0, offset - page.offset);
  const received = Math.max(0, page.received - before);
  const unreadable = received === 0 ? [] : page.unreadable;
  return { ...page, offset, rows: page.rows.slice(before), unreadable, received };
}

async function pagesOf(feeds: FeedReader, feed: Feed, most: number, interested?: true): Promise<readonly RowPage[]> {
  const pages: RowPage[] = [];
  const rows = Math.max(1, feeds.pageRowsMax);
  for (let offset = 0; pages.length < most; ) {
    const page = from((await feeds.rows(feed, { offset, rows, ...(interested ? { interested } : {}) })).page(), offset);
    pages.push(page);
    if (page.received === 0) break;
    offset += page.received;
  }
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
    opened.push({ first, again: await feeds.open(thread, { campaignId: first.campaign?.id ?? '' }) });
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
