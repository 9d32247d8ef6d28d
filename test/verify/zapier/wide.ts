import { seededRandom } from '../../../sandbox/seeded.ts';
import type { Vendor } from '../../../sandbox/switches.ts';
import type { World } from '../../../sandbox/world.ts';
import type { VirtualTime } from '../polling/virtual-time.ts';
import { type Calm, calmScene, START } from './calm.ts';
import { idOf } from './demands.ts';
import { judge, type Verdict } from './oracle.ts';
import { type Triggers, Zap, type ZapSpec } from './zap.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const STEP_MS = 3 * MINUTE_MS;
/** How late some replies show up. */
const LATE_MS = 40 * MINUTE_MS;

/** An inbox that is large in one way, and a vendor and a cache that are slow. */
export interface Wide extends Omit<Calm, 'seed'> {
  readonly campaigns: number;
  /** Threads that were active in the hours before the Zaps are switched on. */
  readonly active: number;
  readonly hours: number;
}

export interface Outcome extends Verdict {
  /** Attempts until the first Zap was on, and whether all were in the end. */
  readonly attempts: number;
  readonly isOn: boolean;
  readonly minutesMax: number;
}

function fill(world: World, { vendor, campaigns, active }: Wide, now: number): readonly string[] {
  const ids = Array.from({ length: campaigns }, (_, at) => world.addCampaign({ name: `Campaign ${at}`, vendor }).id);
  const count = Math.max(active, 2 * campaigns);
  return Array.from({ length: count }, (_, at) => {
    const leadEmail = `lead${at}@customer.example`;
    const thread = world.addThread({
      campaignId: ids[at % ids.length] ?? '',
      leadEmail,
      leadName: `Lead ${at}`,
      vendor,
    });
    const ago = at < active ? (at % 300) * MINUTE_MS + at : (40 + at) * HOUR_MS;
    world.addMessage(thread.id, { direction: 'inbound', sentAt: now - ago, text: 'An old reply.' });
    return thread.id;
  });
}

/** A lead writes every few minutes, and now and then one is labelled. */
async function happen(world: World, time: VirtualTime, threads: readonly string[], end: number): Promise<void> {
  const random = seededRandom(77);
  while (time.now() < end) {
    await time.sleep(STEP_MS);
    const writing = threads[Math.floor(random() * threads.length)];
    const sentAt = time.now();
    const visibleAt = random() < 0.1 ? sentAt + LATE_MS : sentAt;
    if (writing) world.addMessage(writing, { direction: 'inbound', sentAt, visibleAt, text: 'A new reply.' });
    const labelled = threads[Math.floor(random() * threads.length)];
    if (labelled && random() < 0.2) world.setLabel(labelled, 'interested');
    world.look();
  }
}

const shownAtOf = (vendor: Vendor, { threads }: World): ReadonlyMap<string, number> =>
  new Map(
    [...threads.values()].flatMap(({ messages }) => messages.map((each) => [idOf(vendor, each), each.visibleAt])),
  );

/** Two Zaps on New Reply and one on New Interested Reply, all of one key. */
export async function simulateWide(wide: Wide, triggers: Triggers): Promise<Outcome> {
  const { vendor, hours } = wide;
  const { time, world, watch, around } = await calmScene({ ...wide, seed: 3 }, triggers);
  const threads = fill(world, wide, START);
  const everyMs = 5 * MINUTE_MS;
  const specs: readonly ZapSpec[] = [
    { trigger: 'new_reply', filter: {}, everyMs },
    { trigger: 'new_interested_reply', filter: {}, everyMs },
    { trigger: 'new_reply', filter: {}, everyMs },
  ];
  const zaps = specs.map((spec, at) => new Zap(spec, { ...around, random: seededRandom(5 + at) }));
  const end = START + hours * HOUR_MS;
  const lives = [
    happen(world, time, threads, end - HOUR_MS),
    ...zaps.map((zap, at) => zap.live(START + (1 + 4 * at) * MINUTE_MS, end)),
  ];
  const failures: unknown[] = [];
  for (const life of lives) life.catch((error: unknown) => failures.push(error));
  await time.runUntil(end + HOUR_MS);
  if (failures.length > 0) throw failures[0];
  const fired = zaps[0]?.activations.flatMap((activation) => activation.fired) ?? [];
  const shownAt = shownAtOf(vendor, world);
  const waits = fired.map(({ at, item }) => (at - (shownAt.get(String(item.message_id)) ?? 0)) / MINUTE_MS);
  return {
    ...judge({ vendor, world, watch, zaps, isCacheLeaky: false, shufflesTies: false }),
    attempts: zaps[0]?.primings.length ?? 0,
    isOn: zaps.every(({ activations }) => activations.length > 0),
    minutesMax: Math.ceil(Math.max(0, ...waits)),
  };
}
