import type { Browser } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { openBrowser } from './browser.ts';
import { openStage, type Stage } from './stage.ts';

export interface OnStage {
  readonly browser: Browser;
  readonly stage: Stage;
}

/** A browser and a running demo for all tests of a file; what it gives is filled before the first of them. */
export function onStage(): OnStage {
  const opened: { browser?: Browser; stage?: Stage } = {};
  beforeAll(async () => {
    [opened.browser, opened.stage] = await Promise.all([openBrowser(), openStage()]);
  });
  afterAll(async () => {
    await opened.browser?.close();
    await opened.stage?.stop();
  });
  const there = <Thing>(thing: Thing | undefined): Thing => {
    if (thing === undefined) throw new Error('the demo is opened before the first test, and not yet');
    return thing;
  };
  return {
    get browser() {
      return there(opened.browser);
    },
    get stage() {
      return there(opened.stage);
    },
  };
}
