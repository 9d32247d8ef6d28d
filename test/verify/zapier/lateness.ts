import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '../../../sandbox/seeded.ts';
import type { Vendor } from '../../../sandbox/switches.ts';
import { startActingBench } from '../../cli/acting-bench.ts';
import { replybus } from '../../cli/command-line.ts';
import { deploymentRun } from '../../zapier/built/deployment-run.ts';
import { drive } from '../../zapier/built/driven.ts';
import { hookSide } from '../../zapier/built/hook-side.ts';
import { calmScene, START } from './calm.ts';
import { type Triggers, Zap } from './zap.ts';

const ZIP = join(import.meta.dirname, '../../../zapier/build/replybus.zip');
const MINUTE_MS = 60_000;
const REPLIES = 400;
/** A deployment's time is real. */
const REPLIES_REAL = 40;
const REAL_MS = 10 * MINUTE_MS;
const PATIENCE_MS = 3 * MINUTE_MS;

/** From the moment the vendor shows a reply to the moment its Zap starts. */
export interface Lateness {
  readonly replies: number;
  readonly fired: number;
  readonly p50Seconds: number;
  readonly p95Seconds: number;
  readonly maxSeconds: number;
}

function summed(replies: number, waits: readonly number[]): Lateness {
  const sorted = waits.toSorted((one, other) => one - other);
  const at = (share: number) => Math.round((sorted[Math.ceil(share * sorted.length) - 1] ?? 0) / 100) / 10;
  return { replies, fired: sorted.length, p50Seconds: at(0.5), p95Seconds: at(0.95), maxSeconds: at(1) };
}

/** Leads write at any moment, once in two polls on average. */
export async function polled(vendor: Vendor, pollMinutes: number, triggers: Triggers): Promise<Lateness> {
  const { time, world, around } = await calmScene({ vendor, seed: 1, latencyMs: 300, cacheMs: 60 }, triggers);
  const random = seededRandom(pollMinutes);
  const { id: campaignId } = world.addCampaign({ vendor });
  const everyMs = pollMinutes * MINUTE_MS;
  const zap = new Zap({ trigger: 'new_reply', filter: {}, everyMs }, { ...around, random: seededRandom(3) });
  async function write(): Promise<void> {
    await time.sleep(2 * everyMs);
    for (let at = 0; at < REPLIES; at += 1) {
      await time.sleep(4 * everyMs * random());
      const thread = world.addThread({
        campaignId,
        leadEmail: `lead${at}@customer.example`,
        leadName: `${at}`,
        vendor,
      });
      world.addMessage(thread.id, { direction: 'inbound', sentAt: time.now(), text: 'A reply.' });
    }
  }
  const end = START + (2 * REPLIES + 100) * everyMs;
  await Promise.all([time.runUntil(end + 60 * MINUTE_MS), write(), zap.live(START + MINUTE_MS, end)]);
  const fired = zap.activations.flatMap((activation) => activation.fired);
  return summed(
    REPLIES,
    fired.map(({ at, item }) => at - Date.parse(String(item.sent_at))),
  );
}

/** Beside `replybus run` and the app as a zip, both in real time. */
export async function instant(connection: 'acme' | 'sales', everySeconds: number): Promise<Lateness> {
  const bench = await startActingBench();
  const { world } = bench.sandbox;
  bench.thread(connection);
  const [thread = ''] = world.threads.keys();
  const folder = bench.folder({ poll: { everySeconds } });
  await using app = await drive(ZIP, { COHESIVE_BASE_URL: bench.sandbox.urls.cohesive });
  const deployment = await deploymentRun(folder);
  try {
    const { stdout } = await replybus(['token', 'create', 'zapier', '--json'], folder);
    const authData = { replybusUrl: deployment.url, replybusToken: JSON.parse(stdout).token };
    await using zapier = await hookSide(app);
    const zap = await zapier.switchOn('new_reply_instant', authData);
    const random = seededRandom(everySeconds);
    const shown = new Map<string, number>();
    const spanMs = Math.min(REAL_MS, everySeconds * REPLIES_REAL * 2_000);
    for (let at = 0; at < REPLIES_REAL; at += 1) {
      await sleep((2 * random() * spanMs) / REPLIES_REAL);
      shown.set(`Reply ${at}`, Date.now());
      world.addMessage(thread, { direction: 'inbound', sentAt: world.now(), text: `Reply ${at}` });
      world.look();
    }
    for (const end = Date.now() + PATIENCE_MS; zap.fired.length < REPLIES_REAL && Date.now() < end; ) await sleep(100);
    const waits = zap.fired.map(({ at, item }) => at - (shown.get(String(item.text)) ?? Number.NaN));
    return summed(REPLIES_REAL, waits);
  } finally {
    await deployment.stop();
    await bench.stop();
  }
}
