import { compose } from '../../../shared/events/compose.ts';
import { backfill } from '../../../shared/polling/backfill/backfill.ts';
import { createPoller } from '../../../shared/polling/poller.ts';
import { isEventAddress } from '../../../shared/store/keys.ts';
import { memoryStore } from '../../../shared/store/memory.ts';
import type { Store } from '../../../shared/store/store.ts';
import { endlessConnection } from './endless-vendor.ts';
import { SILENT } from './parts.ts';

export interface MemoryReport {
  readonly threads: number;
  readonly events: number;
  readonly rssMb: number;
  readonly heapMb: number;
  /** Since the process began, all its threads. */
  readonly cpuSeconds: number;
}

const MB = 1024 * 1024;
const NEWEST = Date.UTC(2026, 0, 5, 8);
const REPORTS = 10;

/** The database of a deployment is elsewhere: events are counted and let go, what polling reads again is kept. */
function letsEventsGo(): { readonly store: Store; events(): number } {
  const memory = memoryStore();
  let events = 0;
  const store: Store = {
    ...memory,
    async put(document, expected) {
      if (!isEventAddress(document)) return await memory.put(document, expected);
      events += 1;
      return true;
    },
  };
  return { store, events: () => events };
}

function report(threads: number, events: number): void {
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  const cpuSeconds = (user + system) / 1_000_000;
  process.send?.({ threads, events, rssMb: rss / MB, heapMb: heapUsed / MB, cpuSeconds } satisfies MemoryReport);
}

async function run(threads: number): Promise<void> {
  const { store, events } = letsEventsGo();
  const now = NEWEST + 24 * 3_600_000;
  const clock = { now: () => now, sleep: async () => undefined };
  const polled = { id: 'endless', campaigns: ['*'], connection: endlessConnection(threads, NEWEST), everyMs: 60_000 };
  const ports = { store, compose, clock, log: SILENT };
  // The libraries that read HTML load when the first event is composed; they are not growth.
  await compose(await firstHappening(), now);
  report(-1, 0);
  const { failure } = await createPoller(polled, ports).poll({ all: true });
  if (failure) throw failure;
  report(0, 0);
  let next = threads / REPORTS;
  await backfill(polled, ports, {
    since: 'all',
    onProgress(progress) {
      if (progress.threads < next) return;
      next += threads / REPORTS;
      report(progress.threads, events());
    },
  });
  process.disconnect?.();
}

async function firstHappening() {
  const { feeds } = endlessConnection(1, NEWEST);
  const feed = { id: 'workspace', campaign: null };
  const [thread] = (await feeds.rows(feed, { rows: 1 })).page().rows;
  if (!thread) throw new Error('no thread');
  const content = await feeds.open(thread);
  const [message] = content.messages;
  if (!message) throw new Error('no message');
  return { type: 'reply.received', connection: 'endless', provider: 'coldsend', thread, content, message } as const;
}

await run(Number(process.argv[2]));
