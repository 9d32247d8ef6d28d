import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openClock, type SharedClock } from '../../verify/packages/clock.ts';
import type { InstantZap } from './hook-side.ts';
import { type InstantStage, openInstantStage, until } from './instant-stage.ts';

const MINUTE = 60_000;
const THREADS = 6;

let clockFolder: string;
let clock: SharedClock;
let open: InstantStage;
let bench: InstantStage['bench'];
let deployment: InstantStage['deployment'];
let zapier: InstantStage['zapier'];
let authData: InstantStage['authData'];
let threads: readonly string[];
let said: string[] = [];

beforeAll(async () => {
  clockFolder = mkdtempSync(join(tmpdir(), 'replybus-clock-'));
  // Before anything here asks for the time.
  clock = openClock(clockFolder);
  const addThreads = (made: InstantStage['bench']) => {
    for (let each = 0; each < THREADS; each += 1) made.thread(each % 2 === 0 ? 'acme' : 'sales');
  };
  open = await openInstantStage(addThreads, ['--import', clock.preload]);
  ({ bench, deployment, zapier, authData } = open);
  threads = [...bench.sandbox.world.threads.keys()];
}, 120_000);

afterAll(async () => {
  await open?.[Symbol.asyncDispose]();
  clock?.close();
  rmSync(clockFolder, { recursive: true, force: true });
});

function says(thread: number, text: string): void {
  open.writes(threads[thread] ?? '', text);
  said.push(text);
}

const textsOf = ({ fired }: InstantZap) => fired.map(({ item }) => String(item.text)).toSorted();

async function startsAgain(zap: InstantZap): Promise<void> {
  await deployment.start();
  await until(() => zap.fired.length >= said.length, 60_000);
  // Whatever of it would come a second time.
  await sleep(5_000);
}

describe('an instant Zap beside a deployment that is killed', () => {
  it('runs once for each reply of an hour in which the deployment was down, and for none from before', async () => {
    said = [];
    const zap = await zapier.switchOn('new_reply_instant', authData);
    says(0, 'Before it went down');
    await until(() => zap.fired.length === 1, 30_000);
    await deployment.stop('SIGKILL');
    // Hours pass for the vendors and for the deployment alike, timers apart.
    for (let turn = 0; turn < 2 * THREADS; turn += 1) {
      says(turn % THREADS, `Down, ${turn * 5} minutes`);
      clock.forward(5 * MINUTE);
    }
    await startsAgain(zap);
    expect(textsOf(zap)).toEqual(said.toSorted());
    await zap.off();
  }, 150_000);

  it('runs once for a reply that Zapier had taken when the deployment was killed', async () => {
    said = [];
    const zap = await zapier.switchOn('new_reply_instant', authData);
    const { 200: taken = 0 } = zapier.answers;
    zapier.answersAfter = () => new Promise(() => {});
    says(1, 'Taken, but not written down');
    await until(() => (zapier.answers[200] ?? 0) > taken, 30_000);
    await deployment.stop('SIGKILL');
    zapier.answersAfter = () => Promise.resolve();
    clock.forward(60 * MINUTE);
    await startsAgain(zap);
    expect(zapier.answers[200]).toBe(taken + 2);
    expect(textsOf(zap)).toEqual(said);
    await zap.off();
  }, 150_000);

  it('runs once for a lead that was labelled interested meanwhile, with the newest reply', async () => {
    said = ['Down, 55 minutes'];
    const zap = await zapier.switchOn('new_interested_reply_instant', authData, { connection: 'sales' });
    await deployment.stop('SIGKILL');
    clock.forward(30 * MINUTE);
    bench.sandbox.world.setLabel(threads[5] ?? '', 'interested');
    clock.forward(30 * MINUTE);
    await startsAgain(zap);
    expect(textsOf(zap)).toEqual(said);
    await zap.off();
  }, 150_000);
});
