import { SANDBOX_URLS } from '../../../sandbox/sandbox.ts';
import { seededRandom } from '../../../sandbox/seeded.ts';
import { createSwitches, DEMO_KEYS } from '../../../sandbox/switches.ts';
import { createWorld } from '../../../sandbox/world.ts';
import { readFeeds } from '../../../shared/api/readings.ts';
import { POLLING_SHARE } from '../../../shared/app/connections.ts';
import { everyMsOf } from '../../../shared/app/pollers.ts';
import { compose } from '../../../shared/events/compose.ts';
import { createPoller, type Poller } from '../../../shared/polling/poller.ts';
import type { Clock } from '../../../shared/ports.ts';
import { providerNamed } from '../../../shared/providers/index.ts';
import { shardPartition } from '../../../shared/store/keys.ts';
import { type MemoryStore, memoryStore } from '../../../shared/store/memory.ts';
import { Arrivals } from './arrivals.ts';
import { ASKED, type Asked, InboxVendor } from './inbox-vendor.ts';
import { median } from './measure.ts';
import { SILENT } from './parts.ts';
import { type Judged, ToldStore } from './told.ts';
import { itemBytes } from './units.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.UTC(2026, 0, 5, 8);
const CONNECTION = 'inbox';
/** Between the newest messages of two old threads. */
const OLD_STEP_MS = 10 * MINUTE;
/** As at the other edges: what is not a vendor's failure is tried again soon. */
const AFTER_ERROR_MS = 5_000;
/** How often the documents are measured. */
const MEASURE_MS = 6 * HOUR;
/** The figures of the steady state are those of so long before the last reply. */
export const steadyHours = (hours: number) => Math.min(24, hours / 2);
/** A swapped pair, well inside the first page. */
const SWAPPED_PLACE = 10;

export const ORDERS = ['ordered', 'one swapped pair', 'never ordered'] as const;
export type Order = (typeof ORDERS)[number];

export interface InboxCase {
  readonly threads: number;
  readonly order: Order;
  readonly interested: number;
  /** While replies arrive. */
  readonly hours: number;
  /** After the last of them, at the most. */
  readonly drainHours: number;
}

export interface InboxResult extends InboxCase {
  /** Absent when it never was. */
  readonly baselineHours?: number;
  /** As the poller says it, in the steady state. */
  readonly intervalMs: number;
  readonly replies: Judged;
  readonly interest: Judged;
  readonly twice: number;
  readonly spurious: number;
  /** Of the steady state. */
  readonly asked: Readonly<Record<Asked, number>>;
  /** From one end of the whole list to the next, in the steady state; absent where it was not read twice. */
  readonly passMs?: { readonly median: number; readonly longest: number };
  /** How often the whole list was read to its end, in all the time. */
  readonly listEnds: number;
  /** The longest time without a look at the top of the list, in the steady state. */
  readonly unseenMs: number;
  readonly refused: number;
  /** Polls that ended with a vendor's failure, and with an error of ours, by name. */
  readonly failedPolls: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly largestBytes: number;
  readonly databaseBytes: number;
}

type Steady = Pick<InboxResult, 'asked' | 'passMs' | 'unseenMs'>;

function gapsSince(from: number, moments: readonly number[]): readonly number[] {
  const since = moments.filter((at) => at >= from);
  return since.slice(1).map((at, index) => at - (since[index] ?? at));
}

const passesOf = (gaps: readonly number[]): Pick<InboxResult, 'passMs'> =>
  gaps.length === 0 ? {} : { passMs: { median: median(gaps), longest: Math.max(...gaps) } };

/** A workspace in which everything lies before the moment of switching on. */
function oldWorkspace({ threads, interested }: InboxCase, now: () => number) {
  const world = createWorld({ seed: 7, now });
  const campaignId = world.addCampaign({ vendor: 'coldsend' }).id;
  const isInterested = (index: number) =>
    Math.floor(((index + 1) * interested) / threads) > Math.floor((index * interested) / threads);
  for (let index = 0; index < threads; index += 1) {
    const leadEmail = `lead${index}@customer.example`;
    const intent = isInterested(index) ? 'interested' : null;
    const thread = world.addThread({ campaignId, leadEmail, leadName: `Lead ${index}`, intent });
    const sentAt = START - (index + 1) * OLD_STEP_MS;
    world.addMessage(thread.id, { direction: 'inbound', sentAt, text: 'Thanks, not now.' });
  }
  return { world, campaignId };
}

/** One workspace over some virtual days: the real poller with its share of the real budget, on a clock moved by hand. */
class InboxRun {
  readonly #case: InboxCase;
  readonly #memory: MemoryStore = memoryStore();
  readonly #store = new ToldStore(this.#memory, () => this.#now);
  readonly #vendor: InboxVendor;
  readonly #poller: Poller;
  readonly #arrivals: Arrivals;
  readonly #intervals: { at: number; ms: number }[] = [];
  readonly #errors: Record<string, number> = {};
  #now = START;
  #baselineAt: number | undefined;
  #failedPolls = 0;
  #measuredAt = START;
  #largestBytes = 0;

  constructor(wanted: InboxCase) {
    this.#case = wanted;
    const { world, campaignId } = oldWorkspace(wanted, () => this.#now);
    const listOrder = wanted.order === 'never ordered' ? 'by-id' : 'newest';
    const switches = createSwitches({ listOrder, coldsendRateLimits: true });
    const random = seededRandom(1);
    this.#vendor = new InboxVendor({ world, switches, random });
    this.#arrivals = new Arrivals({ vendor: this.#vendor, world, campaignId, random: seededRandom(3) });
    const clock: Clock = {
      now: () => this.#now,
      sleep: async (ms) => {
        this.#now += Math.ceil(ms);
      },
    };
    const provider = providerNamed('coldsend');
    if (!provider) throw new Error('coldsend');
    const options = { apiKey: DEMO_KEYS.coldsend, baseUrl: SANDBOX_URLS.coldsend, quotaShare: POLLING_SHARE };
    const connection = provider.connect(options, { http: this.#vendor.http, clock, random, log: SILENT });
    const polled = { id: CONNECTION, campaigns: ['*'], connection, everyMs: everyMsOf({}) };
    this.#poller = createPoller(polled, { store: this.#store, compose, clock, log: SILENT });
  }

  async #poll(): Promise<void> {
    let nextInMs = AFTER_ERROR_MS;
    try {
      const poll = await this.#poller.poll();
      if (poll.failure) this.#failedPolls += 1;
      nextInMs = poll.nextInMs;
      this.#intervals.push({ at: this.#now, ms: nextInMs });
    } catch (error) {
      const name = error instanceof Error ? error.name : 'unknown';
      this.#errors[name] = (this.#errors[name] ?? 0) + 1;
    }
    if (this.#baselineAt === undefined && (await this.#isBaselineThrough())) this.#baselineAt = this.#now;
    if (this.#now >= this.#measuredAt + MEASURE_MS) this.#measure();
    this.#now += nextInMs;
  }

  async #isBaselineThrough(): Promise<boolean> {
    const { readings } = await readFeeds({ store: this.#memory, shardOf: () => 0 }, CONNECTION);
    const isOn = (await this.#memory.list(shardPartition(0))).length > 0;
    return isOn && readings.length === 0;
  }

  #measure(): number {
    let sum = 0;
    for (const document of this.#memory.items()) {
      const bytes = itemBytes(document);
      sum += bytes;
      this.#largestBytes = Math.max(this.#largestBytes, bytes);
    }
    this.#measuredAt = this.#now;
    return sum;
  }

  /** Polls until `end`; what arrives meanwhile does so at its own moment. */
  async #pollUntil(end: number, isEnough: () => boolean): Promise<void> {
    while (this.#now < end && !isEnough()) {
      await this.#poll();
      const next = this.#now;
      this.#arrivals.upTo(Math.min(next, end), {
        set: (at) => {
          this.#now = at;
        },
        isBaselineThrough: this.#baselineAt !== undefined,
      });
      this.#now = next;
    }
  }

  async run(): Promise<InboxResult> {
    const { hours, drainHours, order } = this.#case;
    await this.#poll();
    this.#arrivals.beginAt(this.#now);
    const end = START + hours * HOUR;
    const steadyFrom = end - steadyHours(hours) * HOUR;
    if (order === 'one swapped pair') {
      await this.#pollUntil(START + 2 * HOUR, () => false);
      this.#vendor.swapOnce(SWAPPED_PLACE);
    }
    await this.#pollUntil(steadyFrom, () => false);
    const before = { ...this.#vendor.asked };
    const from = this.#now;
    await this.#pollUntil(end, () => false);
    const asked = Object.fromEntries(
      ASKED.map((kind) => [kind, ((this.#vendor.asked[kind] - before[kind]) * HOUR) / (this.#now - from)]),
    ) as Record<Asked, number>;
    const passes = gapsSince(from, this.#vendor.endsAt);
    const unseenMs = Math.max(0, ...gapsSince(from, this.#vendor.topsAt));
    this.#arrivals.stop();
    await this.#pollUntil(end + drainHours * HOUR, () => this.#arrivals.due.every((due) => this.#store.isTold(due)));
    return this.#result(from, { asked, unseenMs, ...passesOf(passes) });
  }

  #result(steadyFrom: number, steady: Steady): InboxResult {
    const { due } = this.#arrivals;
    const databaseBytes = this.#measure();
    const of = (type: string) => this.#store.judge(due.filter((one) => one.type === type));
    return {
      ...this.#case,
      ...(this.#baselineAt === undefined ? {} : { baselineHours: (this.#baselineAt - START) / HOUR }),
      intervalMs: median(this.#intervals.filter(({ at }) => at >= steadyFrom).map(({ ms }) => ms)),
      replies: of('reply.received'),
      interest: of('reply.interested'),
      twice: this.#store.twice,
      spurious: this.#store.spurious(due),
      ...steady,
      listEnds: this.#vendor.endsAt.length,
      refused: this.#vendor.refused,
      failedPolls: this.#failedPolls,
      errors: this.#errors,
      largestBytes: this.#largestBytes,
      databaseBytes,
    };
  }
}

export const runInbox = (wanted: InboxCase): Promise<InboxResult> => new InboxRun(wanted).run();
