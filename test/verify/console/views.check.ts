import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { onStage } from './on-stage.ts';
import { accessibilityOf, DESK, goTo, type Opened, openPage, VIEWS } from './page.ts';

const on = onStage();

const ROUTES: readonly (readonly [route: string, shows: string])[] = [
  ['inbox', '.row a'],
  ['events', '.event'],
  ['connections', 'section.card table'],
  ['overview', '.tile'],
  ['start', 'pre'],
];

describe.each(VIEWS)('the page at $width pixels, $scheme', (view) => {
  it('shows every view without a complaint of the browser, and axe finds nothing', async () => {
    const opened = await openPage(on.browser, on.stage, view);
    for (const [route, shows] of ROUTES) {
      await goTo(opened, route);
      await opened.page.waitForSelector(shows);
      expect(await accessibilityOf(opened), route).toEqual([]);
      const wider = await opened.page.evaluate('document.documentElement.scrollWidth > innerWidth');
      expect(wider, `${route} is wider than the screen`).toBe(false);
    }
    expect(opened.complaints).toEqual([]);
    await opened.close();
  });

  it('shows a thread, its reply form and the keys, and axe finds nothing', async () => {
    const opened = await openPage(on.browser, on.stage, view);
    await opened.page.waitForSelector('.row a');
    await opened.page.keyboard.press('j');
    await opened.page.waitForSelector('.message .words');
    expect(await accessibilityOf(opened), 'thread').toEqual([]);
    await opened.page.keyboard.press('r');
    await opened.page.waitForSelector('form.composer');
    expect(await accessibilityOf(opened), 'composer').toEqual([]);
    await opened.page.locator('form.composer textarea').blur();
    await opened.page.keyboard.press('?');
    await opened.page.waitForSelector('dialog[open]');
    expect(await accessibilityOf(opened), 'keys').toEqual([]);
    expect(opened.complaints).toEqual([]);
    await opened.close();
  });
});

describe('the connections', () => {
  it('shows for each feed when it is polled next, and the calls that are left', async () => {
    const opened = await openPage(on.browser, on.stage, DESK);
    await goTo(opened, 'connections');
    const card = opened.page.getByRole('region', { name: 'Connection sales' });
    await card.getByRole('columnheader', { name: 'Next' }).waitFor();
    await card.getByText(/\d+ left for what people do, \d+ left for polling/).waitFor();
    await opened.close();
  });

  it('runs the probe and shows what was seen, and axe finds nothing', async () => {
    const opened = await openPage(on.browser, on.stage, DESK);
    await goTo(opened, 'connections');
    const card = opened.page.getByRole('region', { name: 'Connection sales' });
    await card.getByRole('button', { name: 'Run the probe' }).click();
    await card.getByRole('columnheader', { name: 'Assumed' }).waitFor({ timeout: 30_000 });
    expect(await card.locator('.findings tbody tr').count()).toBeGreaterThan(5);
    expect(await accessibilityOf(opened)).toEqual([]);
    await opened.close();
  });

  it('sends a sample to a sink', async () => {
    const opened = await openPage(on.browser, on.stage, DESK);
    await goTo(opened, 'connections');
    await opened.page.getByRole('button', { name: 'Send a sample to terminal' }).click();
    await opened.page.getByText('The sink terminal took a sample event.').waitFor();
    await opened.close();
  });

  it('removes a subscription after a question', async () => {
    const url = 'https://hooks.acme.example/console';
    await on.stage.own('PUT', '/v1/subscriptions', { url, events: ['reply.interested'] });
    const opened = await openPage(on.browser, on.stage, DESK);
    await goTo(opened, 'connections');
    await opened.page.getByRole('button', { name: `Remove ${url}` }).click();
    expect((await on.stage.api('GET', '/v1/subscriptions')).body).toMatchObject({ items: [{ url }] });
    await opened.page.getByRole('button', { name: 'Remove it' }).click();
    await opened.page.getByText('None yet.').waitFor();
    expect((await on.stage.api('GET', '/v1/subscriptions')).body).toMatchObject({ items: [] });
    await opened.close();
  });
});

describe('the words of the page', () => {
  it('calls each feed by the name of its campaign', async () => {
    const opened = await openPage(on.browser, on.stage, DESK);
    await goTo(opened, 'connections');
    const card = opened.page.getByRole('region', { name: 'Connection acme' });
    await card.getByRole('rowheader', { name: 'Q1 Product Launch' }).waitFor();
    await opened.close();
  });

  it('says that nothing matches where the rows would be', async () => {
    const opened = await openPage(on.browser, on.stage, DESK);
    await opened.page.waitForSelector('.row a');
    await opened.page.getByLabel('Connection').selectOption('acme');
    await opened.page.getByLabel('Search threads').fill('nobody writes like this');
    const box = await opened.page.getByText('Nothing matches').boundingBox();
    expect(box?.y).toBeLessThan(400);
    await opened.close();
  });

  it('writes the labels of a vendor as people do', async () => {
    const opened = await openPage(on.browser, on.stage, DESK);
    await opened.page.waitForSelector('.row .labels .badge');
    expect(await opened.page.locator('.row .labels').allInnerTexts()).not.toContainEqual(expect.stringMatching(/_/));
    await opened.close();
  });
});

describe('the overview', () => {
  it('counts a reply within half a minute', async () => {
    const opened = await openPage(on.browser, on.stage, DESK);
    await goTo(opened, 'overview');
    await opened.page.locator('.tile:has-text("replies") strong:not(:text-is("0"))').waitFor({ timeout: 60_000 });
    await opened.page.getByRole('img', { name: /replies in 30 days/ }).waitFor();
    await opened.close();
  }, 90_000);
});

describe('the page', () => {
  it('asks its own origin alone', async () => {
    const opened = await openPage(on.browser, on.stage, DESK);
    await opened.page.waitForSelector('.row a');
    for (const [route, shows] of ROUTES) {
      await goTo(opened, route);
      await opened.page.waitForSelector(shows);
    }
    expect(opened.asked.filter((url) => !url.startsWith(`${on.stage.address}/`))).toEqual([]);
    await opened.close();
  });

  it('takes the token out of the address and keeps it in the tab', async () => {
    const opened = await openPage(on.browser, on.stage, DESK);
    await opened.page.waitForSelector('.row a');
    expect(opened.page.url()).not.toContain(on.stage.token);
    expect(await opened.page.evaluate('JSON.stringify(localStorage)')).not.toContain(on.stage.token);
    await opened.page.reload();
    await opened.page.waitForSelector('.row a');
    await opened.close();
  });

  it('follows an address that changes as it is drawn for the first time', async () => {
    const context = await on.browser.newContext();
    const page = await context.newPage();
    await page.addInitScript(`
      new MutationObserver((changes, observer) => {
        if (!document.querySelector('#app > *')) return;
        observer.disconnect();
        location.hash = '#/connections';
      }).observe(document, { childList: true, subtree: true });
    `);
    await page.goto(`${on.stage.address}/#token=${on.stage.token}`);
    await page.getByRole('heading', { name: 'Connections' }).waitFor({ timeout: 10_000 });
    await context.close();
  });

  it('says in one sentence that a token is wrong, and takes another', async () => {
    const opened = await openPage(on.browser, on.stage, DESK, 'nonsense');
    await opened.page.waitForSelector('text=not, or no longer, accepted');
    await opened.page.getByLabel('Token').fill(on.stage.token);
    await opened.page.getByRole('button', { name: 'Open' }).click();
    await opened.page.waitForSelector('.row a');
    await opened.close();
  });

  it('stays with what it shows while nobody answers, and says so', async () => {
    const opened = await openPage(on.browser, on.stage, DESK);
    await opened.page.waitForSelector('.row a');
    await opened.context.setOffline(true);
    await goTo(opened, 'events');
    await opened.page.waitForSelector('text=Replybus does not answer');
    await opened.context.setOffline(false);
    await opened.page.waitForSelector('.event');
    await opened.page.waitForSelector('text=Replybus does not answer', { state: 'detached' });
    await opened.close();
  });

  it('says that what it shows is a sandbox, and how to connect a real account', async () => {
    const opened = await openPage(on.browser, on.stage, DESK);
    await opened.page.getByRole('link', { name: 'Connect a real account' }).click();
    await opened.page.waitForSelector('pre:has-text("COHESIVE_API_KEY")');
    await opened.page.getByRole('button', { name: 'ColdSend' }).click();
    await opened.page.waitForSelector('pre:has-text("COLDSEND_API_KEY")');
    await opened.close();
  });
});

describe('the first run', () => {
  const KEY = 'a-key-for-the-trial';

  async function openStart(answer: { readonly status: number; readonly body: object }): Promise<Opened> {
    const opened = await openPage(on.browser, on.stage, DESK);
    // The vendors themselves are asked by no test.
    await opened.page.route('**/v1/keys/try', async (asked) => {
      expect(asked.request().postDataJSON()).toEqual({ provider: 'coldsend', apiKey: KEY });
      await asked.fulfill({ status: answer.status, json: answer.body });
    });
    await goTo(opened, 'start');
    await opened.page.getByRole('button', { name: 'ColdSend' }).click();
    await opened.page.getByLabel('Your key from ColdSend').fill(KEY);
    await opened.page.getByRole('button', { name: 'Try it' }).click();
    return opened;
  }

  it('tries the key, says what it opens, and keeps it nowhere', async () => {
    const opened = await openStart({ status: 200, body: { provider: 'coldsend', warning: null, campaigns: 3 } });
    await opened.page.getByText('It sees 3 campaigns.').waitFor();
    expect(await accessibilityOf(opened)).toEqual([]);
    expect(opened.page.url()).not.toContain(KEY);
    expect(await opened.page.evaluate('JSON.stringify([localStorage, sessionStorage])')).not.toContain(KEY);
    await goTo(opened, 'inbox');
    await opened.page.waitForSelector('.row a');
    await goTo(opened, 'start');
    expect(await opened.page.getByLabel('Your key from Cohesive').inputValue()).toBe('');
    await opened.close();
  });

  it('says in a sentence that a key is refused', async () => {
    const detail = 'ColdSend refuses the API key.';
    const opened = await openStart({ status: 502, body: { type: 'urn:replybus:problem:auth', detail } });
    await opened.page.getByRole('alert').filter({ hasText: detail }).waitFor();
    await opened.close();
  });

  it('writes the config that it shows, after a question, and once', async () => {
    const opened = await openPage(on.browser, on.stage, DESK);
    await goTo(opened, 'start');
    await opened.page.getByLabel('Name of the connection').fill('mine');
    const shows = await opened.page.locator('pre').first().innerText();
    const write = async () => {
      await opened.page.getByRole('button', { name: 'Write it for me' }).click();
      await opened.page.getByRole('button', { name: 'Write the file' }).click();
    };
    await write();
    await opened.page.getByText(/^Written: /).waitFor();
    expect((await readFile(join(on.stage.folder, 'replybus.config.json'), 'utf8')).trim()).toBe(shows.trim());
    await write();
    await opened.page.getByRole('alert').filter({ hasText: 'is there already' }).waitFor();
    await opened.close();
  });
});
