import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBrowser } from './browser.ts';
import { HOSTILE_NAMES, hostileMails } from './hostile-mails.ts';
import { DESK, goTo, type Opened, openPage } from './page.ts';
import { openStage, type Stage } from './stage.ts';

let browser: Browser;
let stage: Stage;
let trap: Server;
let trapAddress: string;
const caught: string[] = [];
let referrer: string | undefined;

beforeAll(async () => {
  trap = createServer((request, response) => {
    caught.push(request.url ?? '');
    referrer = request.headers.referer;
    response.end();
  });
  await new Promise<void>((resolve) => trap.listen(0, '127.0.0.1', resolve));
  trapAddress = `http://127.0.0.1:${(trap.address() as AddressInfo).port}`;
  [browser, stage] = await Promise.all([openBrowser(), openStage()]);
});
afterAll(async () => {
  await browser?.close();
  await stage?.stop();
  trap?.close();
});

/** Mails in one thread: the vendor's budget pays for few openings. */
const MAILS_PER_THREAD = 10;

/** Threads of mail outside of campaigns, which the vendor without addresses in its ids shows. */
async function threadsOf(names: readonly string[], mails: readonly string[]): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let first = 0; first < mails.length; first += MAILS_PER_THREAD) {
    const name = names[ids.length % names.length] ?? 'Jane';
    const thread = (await stage.control('POST', '/threads', {
      campaignId: null,
      leadEmail: `hostile${first}@example.com`,
      leadName: name,
      subject: name,
      text: `hostile ${first}`,
    })) as { readonly id: string };
    for (const mail of mails.slice(first, first + MAILS_PER_THREAD)) {
      const text = `${name} ${mail.slice(0, 2_000)}`;
      await stage.control('POST', '/messages', { threadId: thread.id, text, html: mail });
    }
    ids.push(`sales/${thread.id}`);
  }
  return ids;
}

async function showWhole({ page }: Opened): Promise<void> {
  const earlier = page.getByRole('button', { name: /earlier messages$/ });
  if (await earlier.isVisible()) await earlier.click();
  const buttons = page.getByRole('button', { name: 'Show the whole mail' });
  for (let left = await buttons.count(); left > 0; left -= 1) await buttons.first().click();
  await page.waitForTimeout(150);
}

it('shows every hostile mail in every view, and nothing of it runs or loads', async () => {
  const mails = hostileMails(trapAddress);
  expect(mails.length).toBeGreaterThanOrEqual(80);
  const ids = await threadsOf(HOSTILE_NAMES, mails);
  const opened = await openPage(browser, stage, DESK);
  await opened.page.waitForSelector('.row a');
  for (const id of ids) {
    await goTo(opened, `inbox/${id.split('/').map(encodeURIComponent).join('/')}`);
    await opened.page.waitForSelector('.message');
    await showWhole(opened);
    expect(await opened.page.evaluate('window.__ran'), id).toBeUndefined();
    expect(opened.page.url(), id).toContain(stage.address);
  }
  await goTo(opened, 'events');
  await opened.page.waitForSelector('.event');
  for (const summary of await opened.page.locator('.event .summary').all()) await summary.click();
  await goTo(opened, 'overview');
  await opened.page.waitForTimeout(500);
  expect(await opened.page.evaluate('window.__ran')).toBeUndefined();
  expect(caught).toEqual([]);
  expect(opened.asked.filter((url) => !url.startsWith(`${stage.address}/`) && !url.startsWith('data:'))).toEqual([]);
  await opened.close();
}, 300_000);

it('loads pictures when the reader asks for them, without saying who asks', async () => {
  const [id] = await threadsOf(['Jane'], [`<p>look</p><img src="${trapAddress}/wanted.png" width="200" height="100">`]);
  const opened = await openPage(browser, stage, DESK);
  caught.length = 0;
  await goTo(opened, `inbox/${(id ?? '').split('/').map(encodeURIComponent).join('/')}`);
  await opened.page.waitForSelector('.message');
  await showWhole(opened);
  expect(caught).toEqual([]);
  await Promise.all([
    opened.page.waitForResponse(`${trapAddress}/wanted.png`),
    opened.page.getByRole('button', { name: 'Load pictures' }).last().click(),
  ]);
  expect(caught).toEqual(['/wanted.png']);
  expect(referrer).toBeUndefined();
  await opened.close();
}, 60_000);
