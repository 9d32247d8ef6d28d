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

const hiding = (style: string) => `<div style="${style}">secret</div><p>plain</p>`;
const hidingBy = (rule: string, from: string, media = '') =>
  `<html><head><style${media}>${rule}</style></head><body>${from}<p>plain</p></body></html>`;
const PREHEADER = '<div class="preheader">secret</div>';

const WITH_HIDDEN_PARTS = [
  ...[
    'display:none',
    'DISPLAY : none !important',
    'visibility:hidden',
    'mso-hide:all',
    'max-height:0;overflow:hidden',
    'opacity:0',
    'font-size:0;line-height:0',
    'font-size:0',
    'text-indent:-9999px',
    'position:absolute;left:-9999px',
    'position:absolute;clip:rect(0 0 0 0)',
  ].map(hiding),
  '<p hidden>secret</p><p>plain</p>',
  '<div style="display:none"><p style="display:block">secret</p></div><p>plain</p>',
  '<div style="font-size:0">secret<p style="font-size:14px">plain</p></div>',
  `${'<div>'.repeat(250)}<p style="display:none">secret</p><p>plain</p>`,
  ...[
    '.preheader{display:none}',
    '.preheader{mso-hide:all}',
    'div.preheader, td.other{max-height:0;overflow:hidden}',
    '@import url(more.css);.preheader{display:none!important}',
    '<!-- .preheader{visibility:hidden} -->',
  ].map((rule) => hidingBy(rule, PREHEADER)),
  hidingBy('#top{display:none}', '<span id="top">secret</span>'),
  hidingBy('.preheader{display:none}', PREHEADER, ' media="screen"'),
];

const WITHOUT_HIDDEN_PARTS = [
  hiding('display:block'),
  hiding('max-height:0'),
  hidingBy('.preheader{display:none}', '<div class="preheader" style="display:block">secret</div>'),
  hidingBy('.other .preheader{display:none}', PREHEADER),
  hidingBy('@media print{.preheader{display:none}}', PREHEADER),
  hidingBy('.preheader{display:none}', PREHEADER, ' media="print"'),
  '<div style="display:none"><p>secret</p><p>plain</p></div>',
  hidingBy('.all{display:none}', '').replace('<p>plain</p>', '<div class="all">secret plain</div>&nbsp;'),
];

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

/** The words of each mail, as a reader sees them, in one line. */
async function shownOf(mails: readonly string[]): Promise<readonly string[]> {
  const opened = await openPage(browser, stage, DESK);
  const shown: string[] = [];
  for (const id of await threadsOf(['Jane'], mails)) {
    await goTo(opened, `inbox/${id.split('/').map(encodeURIComponent).join('/')}`);
    await opened.page.waitForSelector('.message');
    await showWhole(opened);
    for (const frame of await opened.page.locator('.mail iframe').all()) {
      const words = await frame.contentFrame().locator('body > div').innerText();
      shown.push(words.replace(/\s+/g, ' ').trim());
    }
  }
  await opened.close();
  // Each thread begins with a mail of its own.
  return shown.filter((words) => !words.startsWith('hostile'));
}

it('leaves out what the style of a mail hides', async () => {
  expect(await shownOf(WITH_HIDDEN_PARTS)).toEqual(WITH_HIDDEN_PARTS.map(() => 'plain'));
}, 120_000);

it('shows what the style of a mail does not hide, and all of a mail that would be empty', async () => {
  expect(await shownOf(WITHOUT_HIDDEN_PARTS)).toEqual(WITHOUT_HIDDEN_PARTS.map(() => 'secret plain'));
}, 120_000);
