import { FEEDS_AT_ONCE } from '../../../lambdas/runtime/poll-shard.ts';
import { hasTurn, TICK_MS } from '../../../lambdas/runtime/slots.ts';
import { FEEDS_AT_ONCE as LOCAL_FEEDS_AT_ONCE } from '../../../local/system.ts';
import { json, type Scene } from '../../../sandbox/exchange.ts';
import { createSandbox, SANDBOX_URLS, type Sandbox } from '../../../sandbox/sandbox.ts';
import { seededRandom } from '../../../sandbox/seeded.ts';
import { createSwitches, DEMO_KEYS } from '../../../sandbox/switches.ts';
import { createWorld } from '../../../sandbox/world.ts';
import type { WorldThread } from '../../../sandbox/world-model.ts';
import { POLLING_SHARE } from '../../../shared/app/connections.ts';
import { everyMsOf } from '../../../shared/app/pollers.ts';
import { compose } from '../../../shared/events/compose.ts';
import { createPoller, type Poller } from '../../../shared/polling/poller.ts';
import { type Http, HttpFault, type HttpRequest, type HttpResponse, type Random } from '../../../shared/ports.ts';
import { providerNamed } from '../../../shared/providers/index.ts';
import { memoryStore } from '../../../shared/store/memory.ts';
import { VirtualTime } from '../polling/virtual-time.ts';
import { ASSUMED } from './assumptions.ts';
import { median } from './measure.ts';
import { SILENT } from './parts.ts';
import { REPLY_TEXT } from './reply-text.ts';
import { type Due, type Judged, ToldStore } from './told.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.UTC(2026, 0, 5, 8);
const CONNECTION = 'campaigns';
const OLD_THREADS = 5;
const REPLIES_AN_HOUR = 40;
export const RETRY_AFTER_S = 60;
/** After the last reply, for what is still to be told. */
const DRAIN_MS = 1 * HOUR;
/** The key is refused from these parts of the time on, for so long each. */
const REFUSED_FROM = [1 / 4, 5 / 8] as const;
export const KEY_EPISODES = REFUSED_FROM.length;
const REFUSED_FOR_MS = 20 * MINUTE;

/** How a campaign fails. The last does not answer. */
export const FAILURES = ['403', '404', '429', '503', 'time-out'] as const;
export type FailureKind = (typeof FAILURES)[number];

export interface CampaignsCase {
  readonly campaigns: number;
  readonly failing: number;
  readonly failure: FailureKind;
  /** The key is refused twice meanwhile, by every call. */
  readonly keyRefused: boolean;
  /** As many as one machine polls, an interval after the round before; or as the Lambdas do, in a round a minute. */
  readonly feedsAtOnce: number;
  readonly hours: number;
}

export interface CampaignsResult extends CampaignsCase {
  readonly intervalMs: number;
  /** Of healthy campaigns, in an hour. */
  readonly pollsLeast: number;
  readonly pollsMedian: number;
  /** In healthy campaigns. */
  readonly replies: Judged;
  readonly twice: number;
  readonly spurious: number;
  readonly unauthorized: number;
  readonly recovered: number;
}

const refused = (scene: Scene) => json(scene, { error: 'Forbidden' }, 403);

function failed(scene: Scene, failure: Exclude<FailureKind, 'time-out'>): HttpResponse {
  if (failure === '403') return refused(scene);
  const answer = json(scene, { error: 'No campaign for you' }, Number(failure));
  return failure === '429'
    ? { ...answer, headers: { ...answer.headers, 'retry-after': String(RETRY_AFTER_S) } }
    : answer;
}

/** A connection of many campaigns, some of which fail from the first moment on for ever. */
class CampaignsRun {
  readonly #case: CampaignsCase;
  readonly #time = new VirtualTime(START);
  readonly #store = new ToldStore(memoryStore(), () => this.#time.now());
  readonly #world = createWorld({ seed: 11, now: () => this.#time.now() });
  readonly #random: Random = seededRandom(5);
  readonly #scene: Scene;
  readonly #sandbox: Sandbox;
  readonly #poller: Poller;
  readonly #failing: ReadonlySet<string>;
  /** Threads of healthy campaigns. */
  readonly #threads: WorldThread[] = [];
  /** Of healthy campaigns. */
  readonly #polls = new Map<string, number>();
  readonly #due: Due[] = [];
  readonly #intervals: number[] = [];

  constructor(wanted: CampaignsCase) {
    this.#case = wanted;
    this.#failing = this.#makeCampaigns();
    this.#scene = { world: this.#world, switches: createSwitches(), random: this.#random };
    this.#sandbox = createSandbox({ ...this.#scene, clock: this.#time });
    const provider = providerNamed('cohesive');
    if (!provider) throw new Error('cohesive');
    const options = { apiKey: DEMO_KEYS.cohesive, baseUrl: SANDBOX_URLS.cohesive, quotaShare: POLLING_SHARE };
    const ports = { http: this.#http, clock: this.#time, random: this.#random, log: SILENT };
    const connection = provider.connect(options, ports);
    const polled = { id: CONNECTION, campaigns: ['*'], connection, everyMs: everyMsOf({}) };
    const composed: typeof compose = (...given) => this.#time.during(compose(...given));
    this.#poller = createPoller(polled, { store: this.#store, compose: composed, clock: this.#time, log: SILENT });
  }

  /** Some old threads in each. Those that fail are spread over the list, the first of it among them. */
  #makeCampaigns(): ReadonlySet<string> {
    const { campaigns, failing } = this.#case;
    const ids = Array.from({ length: campaigns }, () => this.#world.addCampaign({ vendor: 'cohesive' }).id);
    const isFailing = (index: number) =>
      Math.ceil(((index + 1) * failing) / campaigns) > Math.ceil((index * failing) / campaigns);
    for (const [index, campaignId] of ids.entries()) {
      if (!isFailing(index)) this.#polls.set(campaignId, 0);
      for (let each = 0; each < OLD_THREADS; each += 1) {
        const leadEmail = `lead${each}@customer${index}.example`;
        const thread = this.#world.addThread({ campaignId, leadEmail, leadName: `Lead ${each}` });
        const sentAt = START - (each + 1) * HOUR - index * MINUTE;
        this.#world.addMessage(thread.id, { direction: 'inbound', sentAt, text: 'Thanks, not now.' });
        if (!isFailing(index)) this.#threads.push(thread);
      }
    }
    return new Set(ids.filter((_, index) => isFailing(index)));
  }

  readonly #http: Http = async (request) => {
    await this.#time.sleep(ASSUMED.latencyMedianMs);
    if (this.#isKeyRefused()) return refused(this.#scene);
    const { pathname, searchParams } = new URL(request.url);
    const campaignId = pathname.split('/')[2] ?? '';
    if (this.#failing.has(campaignId)) return await this.#failure(request);
    // One such call a poll: nobody is interested here, so the list ends with its first page.
    const polls = this.#polls.get(campaignId);
    if (polls !== undefined && searchParams.has('isInterested')) this.#polls.set(campaignId, polls + 1);
    return await this.#sandbox.http(request);
  };

  #isKeyRefused(): boolean {
    const { keyRefused, hours } = this.#case;
    const now = this.#time.now();
    const since = (part: number) => now - START - part * hours * HOUR;
    return keyRefused && REFUSED_FROM.some((part) => since(part) >= 0 && since(part) < REFUSED_FOR_MS);
  }

  async #failure({ timeoutMs }: HttpRequest): Promise<HttpResponse> {
    const { failure } = this.#case;
    if (failure !== 'time-out') return failed(this.#scene, failure);
    await this.#time.sleep(timeoutMs - ASSUMED.latencyMedianMs);
    throw new HttpFault('timeout', true);
  }

  /** As one machine's loop, or as the Lambdas' rounds. */
  async #pollLoop(end: number): Promise<void> {
    const { feedsAtOnce } = this.#case;
    const isRound = feedsAtOnce !== LOCAL_FEEDS_AT_ONCE;
    while (this.#time.now() < end) {
      const calledAt = this.#time.now();
      const isDue = (feed: { readonly id: string }, everyMs: number) =>
        hasTurn(`${CONNECTION}/${feed.id}`, everyMs, calledAt);
      const { nextInMs } = await this.#poller.poll(isRound ? { feedsAtOnce, isDue } : { feedsAtOnce });
      const now = this.#time.now();
      this.#intervals.push(now - calledAt + nextInMs);
      await this.#time.sleep(isRound ? Math.ceil((now + 1) / TICK_MS) * TICK_MS - now : nextInMs);
    }
  }

  async #write(at: number): Promise<void> {
    await this.#time.runUntil(at);
    const thread = this.#threads[Math.floor(this.#random() * this.#threads.length)];
    if (!thread) return;
    const { messageId } = this.#world.addMessage(thread.id, { direction: 'inbound', sentAt: at, text: REPLY_TEXT });
    this.#due.push({ type: 'reply.received', message: messageId, at });
  }

  async run(): Promise<CampaignsResult> {
    const { hours } = this.#case;
    const end = START + hours * HOUR;
    const polling = this.#pollLoop(end + DRAIN_MS);
    const first = START + 5 * MINUTE;
    for (let at = first; at < end; at += HOUR / REPLIES_AN_HOUR)
      await this.#write(at + Math.floor(this.#random() * MINUTE));
    await this.#time.runUntil(end);
    const polls = [...this.#polls.values()].map((count) => count / hours);
    await this.#time.runUntil(end + DRAIN_MS + HOUR);
    await polling;
    const { others, twice } = this.#store;
    return {
      ...this.#case,
      intervalMs: median(this.#intervals),
      pollsLeast: Math.min(...polls),
      pollsMedian: median(polls),
      replies: this.#store.judge(this.#due),
      twice,
      spurious: this.#store.spurious(this.#due),
      unauthorized: others.get('connection.unauthorized') ?? 0,
      recovered: others.get('connection.recovered') ?? 0,
    };
  }
}

export const AT_ONCE = [LOCAL_FEEDS_AT_ONCE, FEEDS_AT_ONCE] as const;

export const runCampaigns = (wanted: CampaignsCase): Promise<CampaignsResult> => new CampaignsRun(wanted).run();
