import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '../../../sandbox/seeded.ts';
import { type RunningSandbox, startSandbox } from '../../../sandbox/server.ts';
import { DEMO_KEYS, type Vendor } from '../../../sandbox/switches.ts';
import type { Random } from '../../../shared/ports.ts';
import { type Receiver, startReceiver } from './receiver.ts';

const MAIN = join(import.meta.dirname, '../../../cli/main.ts');
const SECRET = `whsec_${Buffer.from('replybus-kill-test-signing-key-0').toString('base64')}`;
const VENDORS: readonly Vendor[] = ['cohesive', 'coldsend'];
/** In times of an idle run, so that few kills fall into its start, most into its work, and some runs end by themselves. */
const KILL_FROM_RUNS = 0.4;
const KILL_WITHIN_RUNS = 2;
/** An event that was claimed when its process was killed is due again after a minute; runs are quick, so it is time that is waited for. */
const HEALING_MS = 90_000;
const RUN_MAX_MS = 60_000;

export interface KillResult {
  readonly kills: number;
  /** Runs that ended before they were killed. */
  readonly finished: number;
  readonly due: number;
  readonly missing: readonly string[];
  /** Messages that arrived under more than one webhook-id for one type. */
  readonly twice: readonly string[];
  readonly deliveries: number;
  readonly badSignatures: number;
}

interface Bench {
  readonly sandbox: RunningSandbox;
  readonly receiver: Receiver;
  readonly folder: string;
  readonly random: Random;
  readonly due: string[];
}

/** Runs the command; resolves to its exit code, or to null when it was killed. */
function replybus(bench: Bench, args: readonly string[], killAfterMs?: number): Promise<number | null> {
  const place = ['--config', join(bench.folder, 'config.json'), '--data', join(bench.folder, 'data')];
  const child = spawn(process.execPath, [MAIN, ...args, ...place], { stdio: 'ignore' });
  const timer = setTimeout(() => child.kill('SIGKILL'), killAfterMs ?? RUN_MAX_MS);
  return new Promise((resolve) => {
    child.once('exit', (code) => {
      clearTimeout(timer);
      resolve(code);
    });
  });
}

async function writeConfig({ sandbox, receiver, folder }: Bench): Promise<void> {
  const config = {
    connections: VENDORS.map((provider) => ({
      id: provider,
      provider,
      apiKey: DEMO_KEYS[provider],
      baseUrl: sandbox.urls[provider],
    })),
    sinks: [{ id: 'hook', type: 'webhook', url: receiver.url, secret: SECRET, events: ['reply.received'] }],
    allowPrivateUrls: true,
  };
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
}

function addThreads({ sandbox }: Bench): string[] {
  const { world } = sandbox;
  return VENDORS.flatMap((vendor) => {
    const campaign = world.addCampaign({ vendor });
    return Array.from({ length: 6 }, (_, index) => {
      const leadEmail = `lead${index}@${vendor}.example`;
      const thread = world.addThread({ campaignId: campaign.id, leadEmail, leadName: `Lead ${index}`, vendor });
      world.addMessage(thread.id, { direction: 'inbound', sentAt: world.now() - 86_400_000, text: 'An old reply.' });
      return thread.id;
    });
  });
}

function reply({ sandbox, random, due }: Bench, threads: readonly string[]): void {
  const { world } = sandbox;
  const thread = world.thread(threads[Math.floor(random() * threads.length)] ?? '');
  if (!thread) return;
  const message = world.addMessage(thread.id, { direction: 'inbound', sentAt: world.now(), text: 'A new reply.' });
  due.push(thread.vendor === 'coldsend' ? message.replyId : message.messageId);
}

function judge(bench: Bench): Pick<KillResult, 'missing' | 'twice'> {
  const ids = new Map<string, Set<string>>();
  for (const { message, webhookId } of bench.receiver.receipts) {
    ids.set(message, (ids.get(message) ?? new Set()).add(webhookId));
  }
  return {
    missing: bench.due.filter((message) => !ids.has(message)),
    twice: [...ids].filter(([, webhookIds]) => webhookIds.size > 1).map(([message]) => message),
  };
}

async function heal(bench: Bench): Promise<void> {
  bench.receiver.heal();
  const until = Date.now() + HEALING_MS;
  while (Date.now() < until) {
    await replybus(bench, ['run', '--once']);
    if (judge(bench).missing.length === 0) return;
    await replybus(bench, ['replay', '--failed-since', '1d']);
    await sleep(500);
  }
}

/** Kills `run --once` at random moments while replies arrive, then lets it finish and compares what arrived. */
export async function killRuns(
  kills: number,
  seed: number,
  onKill: (done: number) => void = () => {},
): Promise<KillResult> {
  const random = seededRandom(seed);
  const folder = await mkdtemp(join(tmpdir(), 'replybus-kill-'));
  const sandbox = await startSandbox({ port: 0, seed, lively: false });
  const receiver = await startReceiver(SECRET, random, 0.15, 0.15);
  const bench: Bench = { sandbox, receiver, folder, random, due: [] };
  try {
    const threads = addThreads(bench);
    await writeConfig(bench);
    if ((await replybus(bench, ['run', '--once'])) !== 0)
      throw new Error('The first run, which sets the baseline, failed.');
    const began = performance.now();
    await replybus(bench, ['run', '--once']);
    const idleRunMs = performance.now() - began;
    const killAfterMs = () => idleRunMs * (KILL_FROM_RUNS + random() * (KILL_WITHIN_RUNS - KILL_FROM_RUNS));
    let finished = 0;
    for (let kill = 0; kill < kills; kill += 1) {
      reply(bench, threads);
      if (random() < 0.3) reply(bench, threads);
      if ((await replybus(bench, ['run', '--once'], killAfterMs())) !== null) finished += 1;
      onKill(kill + 1);
    }
    await heal(bench);
    const { receipts } = receiver;
    const counts = { kills, finished, due: bench.due.length, deliveries: receipts.length };
    return { ...counts, ...judge(bench), badSignatures: receiver.badSignatures() };
  } finally {
    receiver.stop();
    await sandbox.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
