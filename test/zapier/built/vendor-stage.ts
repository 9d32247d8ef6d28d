import { join } from 'node:path';
import { DEFAULT_SWITCHES, type Vendor } from '../../../sandbox/switches.ts';
import type { WorldThread } from '../../../sandbox/world-model.ts';
import { type Driven, drive } from './driven.ts';
import { asItCame, type InBetween, inBetween } from './in-between.ts';
import { openStage, type Stage } from './stage.ts';

const ZIP = join(import.meta.dirname, '../../../zapier/build/build.zip');
const HOUR = 3_600_000;

/** The built app against both vendors, each behind a server that can fail for it. */
export interface VendorStage extends AsyncDisposable {
  readonly stage: Stage;
  readonly app: Driven;
  readonly between: Readonly<Record<Vendor, InBetween>>;
  /** Everything well again, and nothing remembered. */
  reset(): void;
  /** A lead of its own who has written an hour ago. */
  asking(vendor: Vendor): {
    readonly lead: WorldThread;
    readonly threadId: string;
    readonly authData: ReturnType<Stage['auth']>;
  };
  /** What went out to a thread. */
  sentTo(thread: string): Stage['sandbox']['world']['outbox'];
}

export async function openVendorStage(): Promise<VendorStage> {
  const stage = await openStage();
  const { cohesive, coldsend } = stage.sandbox.urls;
  const between = { cohesive: await inBetween(cohesive), coldsend: await inBetween(coldsend) };
  const app = await drive(ZIP, { COHESIVE_BASE_URL: between.cohesive.url, COLDSEND_BASE_URL: between.coldsend.url });
  let leads = 0;
  return {
    stage,
    app,
    between,
    reset() {
      Object.assign(stage.sandbox.switches, DEFAULT_SWITCHES);
      for (const one of Object.values(between)) Object.assign(one, { fails: () => false, rewrites: asItCame });
      app.memory = {};
    },
    asking(vendor) {
      leads += 1;
      const lead = stage.lead(`asking${leads}@acme.example`, HOUR);
      return { lead, threadId: stage.threadId(vendor, lead), authData: stage.auth(vendor) };
    },
    sentTo: (thread) => stage.sandbox.world.outbox.filter((sent) => sent.threadId === thread),
    async [Symbol.asyncDispose]() {
      await app[Symbol.asyncDispose]();
      for (const one of Object.values(between)) await one[Symbol.asyncDispose]();
      await stage[Symbol.asyncDispose]();
    },
  };
}
