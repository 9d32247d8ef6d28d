import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ActingBench, startActingBench } from '../../cli/acting-bench.ts';
import { replybus } from '../../cli/command-line.ts';
import { type DeploymentRun, deploymentRun } from './deployment-run.ts';
import { type Driven, drive } from './driven.ts';
import { type HookSide, hookSide } from './hook-side.ts';

const ZIP = join(import.meta.dirname, '../../../zapier/build/replybus.zip');

/** A deployment that runs, its built app, and Zapier's side of hooks. */
export interface InstantStage extends AsyncDisposable {
  readonly bench: ActingBench;
  readonly deployment: DeploymentRun;
  readonly app: Driven;
  readonly zapier: HookSide;
  readonly authData: Readonly<Record<string, string>>;
  /** What the lead of a thread of the sandbox writes, shown by the next poll. */
  writes(thread: string, text: string): void;
}

/** `prepare`: before the deployment first runs. `options` are Node's, of the deployment. */
export async function openInstantStage(
  prepare: (bench: ActingBench) => void = () => {},
  options: readonly string[] = [],
): Promise<InstantStage> {
  const bench = await startActingBench();
  prepare(bench);
  const folder = bench.folder();
  const deployment = await deploymentRun(folder, options);
  const { stdout } = await replybus(['token', 'create', 'zapier', '--json'], folder);
  const authData = { replybusUrl: deployment.url, replybusToken: JSON.parse(stdout).token };
  const app = await drive(ZIP, { COHESIVE_BASE_URL: bench.sandbox.urls.cohesive });
  const zapier = await hookSide(app);
  return {
    bench,
    deployment,
    app,
    zapier,
    authData,
    writes(thread, text) {
      const { world } = bench.sandbox;
      world.addMessage(thread, { direction: 'inbound', sentAt: world.now(), text });
      world.look();
    },
    async [Symbol.asyncDispose]() {
      await zapier[Symbol.asyncDispose]();
      await app[Symbol.asyncDispose]();
      await deployment.stop();
      await bench.stop();
    },
  };
}

/** By timers, which stay the machine's where a test turns the clock. */
export async function until(isSo: () => boolean, withinMs = 30_000): Promise<void> {
  for (const end = performance.now() + withinMs; !isSo() && performance.now() < end; ) await sleep(50);
}
