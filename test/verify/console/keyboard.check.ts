import { describe, expect, it } from 'vitest';
import { onStage } from './on-stage.ts';
import { DESK, goTo, type Opened, openPage } from './page.ts';

const on = onStage();

async function openInbox(): Promise<Opened> {
  const opened = await openPage(on.browser, on.stage, DESK);
  await opened.page.waitForSelector('.row a');
  return opened;
}

/** Goes on by Tab until what is named has the keyboard. */
async function tabTo({ page }: Opened, selector: string): Promise<void> {
  for (let presses = 0; presses < 40; presses += 1) {
    await page.keyboard.press('Tab');
    if (await page.locator(`${selector}:focus`).isVisible()) return;
  }
  throw new Error(`Tab does not lead to ${selector}`);
}

const hasFocus = async ({ page }: Opened, selector: string) => await page.waitForSelector(`${selector}:focus`);

describe('by the keyboard alone', () => {
  it('a link that has the focus is followed, whatever Enter means elsewhere', async () => {
    const opened = await openInbox();
    await tabTo(opened, 'nav a[href="#/events"]');
    await opened.page.keyboard.press('Enter');
    await opened.page.waitForSelector('.event');
    await opened.close();
  });

  it('Tab reaches the list, and Enter goes into the thread', async () => {
    const opened = await openInbox();
    await tabTo(opened, '.row a');
    await opened.page.keyboard.press('Enter');
    await opened.page.waitForSelector('.message .words');
    await hasFocus(opened, '.conversation');
    await opened.close();
  });

  it('the arrows move through the list, and the focus goes with them', async () => {
    const opened = await openInbox();
    await tabTo(opened, '.row a');
    await opened.page.keyboard.press('ArrowDown');
    await hasFocus(opened, '.row:nth-child(1)[aria-current] a');
    await opened.page.keyboard.press('ArrowDown');
    await hasFocus(opened, '.row:nth-child(2)[aria-current] a');
    await opened.close();
  });

  it('Enter leads from the search to what it found', async () => {
    const opened = await openInbox();
    await opened.page.keyboard.press('/');
    await hasFocus(opened, '#search');
    await opened.page.keyboard.press('Enter');
    await hasFocus(opened, '.row a');
    await opened.close();
  });

  it('Esc leads out of an empty search', async () => {
    const opened = await openInbox();
    await opened.page.keyboard.press('/');
    await hasFocus(opened, '#search');
    await opened.page.keyboard.press('Escape');
    await hasFocus(opened, '.row a');
    await opened.close();
  });

  it('Esc closes the list of keys and nothing else', async () => {
    const opened = await openInbox();
    await opened.page.keyboard.press('j');
    await opened.page.waitForSelector('.message .words');
    await opened.page.keyboard.press('?');
    await opened.page.waitForSelector('dialog[open]');
    await opened.page.keyboard.press('Escape');
    await opened.page.waitForSelector('dialog', { state: 'detached' });
    await opened.page.waitForSelector('.message .words');
    await opened.close();
  });
});

describe('a window', () => {
  it('that asks for a token takes it from an address put into it', async () => {
    const opened = await openPage(on.browser, on.stage, DESK, 'nonsense');
    await opened.page.waitForSelector('text=not, or no longer, accepted');
    await opened.page.goto(`${on.stage.address}/#token=${on.stage.token}`);
    await opened.page.waitForSelector('.row a');
    expect(opened.page.url()).not.toContain(on.stage.token);
    await opened.close();
  });

  it('is called after what it shows', async () => {
    const opened = await openInbox();
    await goTo(opened, 'connections');
    await expect.poll(() => opened.page.title()).toMatch(/Connections · Replybus$/);
    await opened.close();
  });
});
