import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openBrowser } from './browser.ts';
import { DESK, goTo, type Opened, openPage, type View } from './page.ts';
import { openStage } from './stage.ts';

const FOLDER = join(import.meta.dirname, '../../../docs/images');
const PHONE: View = { width: 390, scheme: 'light' };
/** The numbers of the overview are counted half a minute late. */
const SHOWS_MS = 90_000;
/** Frames and counts settle. */
const SETTLE_MS = 1_500;

async function thread({ page }: Opened): Promise<void> {
  await page.locator('.row:has(.badge.good) a').first().click();
  await page.waitForSelector('.message .words');
}

async function events(opened: Opened): Promise<void> {
  await inView('events', '.event:nth-child(12)')(opened);
  await opened.page.locator('.event .summary').nth(1).click();
}

const inView = (route: string, shows: string) => async (opened: Opened) => {
  await goTo(opened, route);
  await opened.page.waitForSelector(shows, { timeout: SHOWS_MS });
};

const PICTURES: readonly (readonly [name: string, view: View, go: (opened: Opened) => Promise<void>])[] = [
  // First, since it waits for the demo's leads to have written enough for the others.
  ['events', DESK, events],
  ['inbox-light', DESK, thread],
  ['inbox-dark', { ...DESK, scheme: 'dark' }, thread],
  ['connections', DESK, inView('connections', '.feeds')],
  ['overview', DESK, inView('overview', '.tile:first-child strong:text-matches("..")')],
  ['phone', PHONE, inView('inbox', '.row a')],
];

/** The pictures of the documents, of the sandbox as it is. */
async function main(): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  const [browser, stage] = await Promise.all([openBrowser(), openStage()]);
  try {
    for (const [name, view, go] of PICTURES) {
      const opened = await openPage(browser, stage, view);
      await go(opened);
      await opened.page.waitForTimeout(SETTLE_MS);
      await opened.page.screenshot({ path: join(FOLDER, `${name}.png`) });
      await opened.close();
    }
  } finally {
    await browser.close();
    await stage.stop();
  }
}

await main();
