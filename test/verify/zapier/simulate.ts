import { createSandbox, type Sandbox } from '../../../sandbox/sandbox.ts';
import { pick, seededRandom } from '../../../sandbox/seeded.ts';
import { createSwitches, type Vendor } from '../../../sandbox/switches.ts';
import { createWorld, type World } from '../../../sandbox/world.ts';
import type { Random } from '../../../shared/ports.ts';
import { providerNamed } from '../../../shared/providers/index.ts';
import { ownText } from '../../../shared/text/read.ts';
import { sanitiseHtml } from '../../../shared/text/sanitise.ts';
import { vendorNamed } from '../../vendors/index.ts';
import { History } from '../polling/history.ts';
import { VirtualTime } from '../polling/virtual-time.ts';
import { LeakyCache } from './leaky-cache.ts';
import { judge, type Verdict } from './oracle.ts';
import { drawRoughness, drawZaps, type Roughness, STORM_TURN_MS, SWITCH_ON_MS } from './roughness.ts';
import { Watch } from './watch.ts';
import { type Triggers, Zap } from './zap.ts';

const START = Date.UTC(2026, 0, 5, 8);
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const STEP_MS = 2 * MINUTE_MS;

export interface Result extends Verdict {
  readonly seed: number;
  readonly vendor: Vendor;
}

/** One seed's inbox and what happens to it. */
interface Scene {
  readonly random: Random;
  readonly time: VirtualTime;
  readonly world: World;
  readonly sandbox: Sandbox;
  readonly history: History;
  readonly rough: Roughness;
  readonly vendor: Vendor;
  readonly watch: Watch;
}

function inbound(world: World, id: string, sentAt: number, visibleAt = sentAt): void {
  world.addMessage(id, { direction: 'inbound', sentAt, visibleAt, text: 'A reply.' });
}

/** Threads from long ago, some with the label, and such that were active shortly before the Zaps are switched on. */
function addOld({ random, world, rough, time, vendor }: Scene): readonly string[] {
  const campaigns = [...world.campaigns.keys()];
  const [first = ''] = campaigns;
  const add = (name: string, ageMs: number) => {
    const campaignId = pick(random, [first, ...campaigns]);
    const leadEmail = `${name}@customer.example`;
    const { id } = world.addThread({ campaignId, leadEmail, leadName: name, vendor });
    inbound(world, id, Math.floor(time.now() - ageMs));
    return id;
  };
  const deep = Array.from({ length: rough.deepThreads }, (_, at) => add(`deep${at}`, (30 + random() * 700) * HOUR_MS));
  for (const id of deep) if (random() < rough.deepInterested) world.setLabel(id, 'interested');
  for (let at = 0; at < rough.busyThreads; at += 1) deep.push(add(`busy${at}`, random() * 17 * HOUR_MS));
  return deep;
}

/** Up to 99 threads at once; half of the time all in one moment. */
function burst({ random, world, time }: Scene, threads: readonly string[]): void {
  const isOneMoment = random() < 0.5;
  const count = Math.min(60 + Math.floor(random() * 40), threads.length);
  const from = Math.floor(random() * (threads.length - count + 1));
  for (const id of threads.slice(from, from + count)) {
    const sentAt = isOneMoment ? time.now() : Math.floor(time.now() - random() * 5_000);
    inbound(world, id, sentAt, Math.max(sentAt, time.now()));
  }
}

async function happen(scene: Scene, old: readonly string[], end: number): Promise<void> {
  const { random, time, world, history, rough, watch } = scene;
  const perStep = (history.traits.eventsPerHour * STEP_MS * 2) / HOUR_MS;
  for (let steps = 0; time.now() < end; steps += 1) {
    await time.sleep(STEP_MS);
    for (let owed = perStep * 2 * random(); random() < owed; owed -= 1) history.step();
    const deep = old[Math.floor(random() * old.length)];
    if (deep !== undefined && random() < 0.03) world.setLabel(deep, random() < 0.7 ? 'interested' : null);
    if (steps % 30 === 29 && random() < rough.burstRate && old.length > 0) burst(scene, old);
    if (steps === 100 && rough.endsCampaign) endCampaign(world);
    watch.look();
  }
}

function endCampaign(world: World): void {
  const campaign = [...world.campaigns.values()].at(-1);
  if (campaign) world.campaigns.set(campaign.id, { ...campaign, status: 'completed' });
}

async function storm({ random, time, sandbox, rough }: Scene, cache: LeakyCache, end: number): Promise<void> {
  while (time.now() < end) {
    const isStorm = random() < rough.stormRate;
    Object.assign(sandbox.switches, rough.calm, isStorm ? rough.storm : {});
    if (random() < rough.flushRate) cache.flush();
    await time.sleep(STORM_TURN_MS * (0.3 + 1.4 * random()));
  }
}

async function edit({ random, time, rough }: Scene, zaps: readonly Zap[], end: number): Promise<void> {
  if (rough.samplesPerHour === 0) return;
  while (time.now() < end) {
    await time.sleep((2 * random() * HOUR_MS) / rough.samplesPerHour);
    await zaps[Math.floor(random() * zaps.length)]?.sample();
  }
}

function sceneOf(seed: number): Scene {
  const random = seededRandom(seed * 7_907 + 11);
  const vendor: Vendor = seed % 2 === 0 ? 'coldsend' : 'cohesive';
  const time = new VirtualTime(START);
  const activity = random() < 0.3 ? 'inbound' : 'any';
  const world = createWorld({ seed, now: () => time.now(), activity });
  const rough = drawRoughness(random);
  const switches = createSwitches(rough.calm);
  const sandbox = createSandbox({ world, switches, random: seededRandom(seed * 31 + 1), clock: time });
  const history = new History(world, vendorNamed(vendor), seed * 37 + 5);
  const watch = new Watch(world);
  return { random, time, world, sandbox, history, rough, vendor, watch };
}

/** Three Zaps on one key over some virtual hours of a hostile inbox. */
export async function simulateZaps(seed: number, triggers: Triggers): Promise<Result> {
  // Libraries load when they are first used, which takes real time.
  await sanitiseHtml('<p>a</p>');
  ownText({ html: '<p>a</p>' });
  const scene = sceneOf(seed);
  const { random, time, world, sandbox, rough, vendor, watch } = scene;
  const provider = providerNamed(vendor);
  if (!provider) throw new Error(vendor);
  const old = addOld(scene);
  watch.look();
  const end = START + rough.hours * HOUR_MS;
  const drift = seededRandom(seed * 41 + 7);
  sandbox.switches.onListPage = () => {
    if (drift() < rough.driftRate * 0.5 && time.now() < end) scene.history.step();
    watch.look();
  };
  const cache = new LeakyCache(rough.cache, time, seededRandom(seed * 43 + 3));
  const http = watch.http(sandbox, time);
  const around = { vendor, provider, time, http, cache, triggers, mishaps: rough.mishaps };
  const specs = drawZaps(random, vendor, world, rough.everyMs);
  const zaps = specs.map((spec, at) => new Zap(spec, { ...around, random: seededRandom(seed * 47 + at) }));
  const startAt = (at: number) => START + at * 20_000 + (random() < 0.5 ? random() * SWITCH_ON_MS : MINUTE_MS);
  const failures: unknown[] = [];
  const lives = [
    ...zaps.map((zap, at) => zap.live(startAt(at), end)),
    happen({ ...scene, random: seededRandom(seed * 53) }, old, end),
    storm({ ...scene, random: seededRandom(seed * 59) }, cache, end),
    edit({ ...scene, random: seededRandom(seed * 61) }, zaps, end),
  ];
  for (const life of lives) life.catch((error: unknown) => failures.push(error));
  await time.runUntil(end + HOUR_MS);
  if (failures.length > 0) throw failures[0];
  const isCacheLeaky = rough.cache.lossRate + rough.cache.failRate + rough.flushRate > 0;
  return {
    seed,
    vendor,
    ...judge({ vendor, world, watch, zaps, isCacheLeaky, shufflesTies: sandbox.switches.shuffleTies }),
  };
}
