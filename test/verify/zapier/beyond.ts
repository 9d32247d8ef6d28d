import { seededRandom } from '../../../sandbox/seeded.ts';
import type { Vendor } from '../../../sandbox/switches.ts';
import type { World } from '../../../sandbox/world.ts';
import type { VirtualTime } from '../polling/virtual-time.ts';
import { calmScene, START } from './calm.ts';
import { type Triggers, Zap, type ZapSpec } from './zap.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** So many threads get a reply at once, so often. */
export interface Load {
  readonly vendor: Vendor;
  readonly pollMinutes: number;
  readonly threads: number;
  readonly everyMinutes: number;
  readonly times: number;
}

export interface Outcome extends Load {
  readonly replies: number;
  readonly fired: number;
  /** From a reply to the step it starts, at the most. */
  readonly minutesMax: number;
  /** Polls that Zapier holds for their owner's word. */
  readonly held: number;
  readonly failedPolls: number;
  readonly callsMax: number;
  readonly hourMax: number;
}

async function pour(world: World, time: VirtualTime, { threads, everyMinutes, times, vendor }: Load): Promise<void> {
  const { id: campaignId } = world.addCampaign({ vendor });
  await time.sleep(HOUR_MS);
  for (let turn = 0; turn < times; turn += 1) {
    for (let at = 0; at < threads; at += 1) {
      const name = `lead${turn}.${at}`;
      const thread = world.addThread({ campaignId, leadEmail: `${name}@customer.example`, leadName: name, vendor });
      world.addMessage(thread.id, { direction: 'inbound', sentAt: time.now(), text: 'A reply.' });
    }
    await time.sleep(everyMinutes * MINUTE_MS);
  }
}

/** What becomes of more than is promised: a Zap on New Reply beside two others, with a vendor and a cache without flaws. */
export async function measure(load: Load, triggers: Triggers): Promise<Outcome> {
  const { vendor, pollMinutes } = load;
  const { time, world, watch, around } = await calmScene({ vendor, seed: 1, latencyMs: 200, cacheMs: 0 }, triggers);
  const everyMs = pollMinutes * MINUTE_MS;
  const specs: readonly ZapSpec[] = [
    { trigger: 'new_reply', filter: {}, everyMs },
    { trigger: 'new_reply', filter: { firstOnly: true }, everyMs },
    { trigger: 'new_interested_reply', filter: {}, everyMs },
  ];
  const zaps = specs.map((spec, at) => new Zap(spec, { ...around, random: seededRandom(3 + at) }));
  const end = START + (1 + 8) * HOUR_MS + load.times * load.everyMinutes * MINUTE_MS;
  const lives = [pour(world, time, load), ...zaps.map((zap, at) => zap.live(START + (1 + at) * MINUTE_MS, end))];
  await Promise.all([time.runUntil(end + HOUR_MS), ...lives]);
  const polls = zaps.flatMap(({ activations }) => activations.flatMap((activation) => activation.polls));
  const first = zaps[0]?.activations[0];
  const waits = (first?.fired ?? []).map(({ at, item }) => (at - Date.parse(String(item.sent_at))) / MINUTE_MS);
  return {
    ...load,
    replies: load.threads * load.times,
    fired: first?.fired.length ?? 0,
    minutesMax: Math.ceil(Math.max(0, ...waits)),
    held: first?.held ?? 0,
    failedPolls: polls.filter(({ arrived }) => !arrived).length,
    callsMax: Math.max(...polls.map(({ calls }) => calls)),
    hourMax: watch.busiest(HOUR_MS),
  };
}
