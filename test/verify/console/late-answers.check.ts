import { describe, expect, it } from 'vitest';
import { newLead, openThread, write } from './leads.ts';
import { onStage } from './on-stage.ts';
import { DESK, type Opened, openPage } from './page.ts';

const on = onStage();

interface Held {
  /** Once the server has answered, and the page has not heard it. */
  readonly answered: Promise<unknown>;
  letThrough(): Promise<void>;
}

/** Holds back the server's first answer at such an address. */
async function holdBack({ page }: Opened, address: RegExp): Promise<Held> {
  const answered = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const through = Promise.withResolvers<void>();
  await page.route(
    address,
    async (asked) => {
      const response = await asked.fetch();
      answered.resolve();
      await gate.promise;
      await asked.fulfill({ response }).catch(() => {});
      through.resolve();
    },
    { times: 1 },
  );
  const letThrough = async () => {
    gate.resolve();
    await through.promise;
    await page.waitForTimeout(500);
  };
  return { answered: answered.promise, letThrough };
}

const FIRST_PAGE = /\/v1\/threads(\?(?!.*cursor=).*)?$/;

describe('an answer that was asked for before a change and comes after it', () => {
  it('hides no mail that was handed over meanwhile', async () => {
    const { id } = await newLead(on.stage, 'acme');
    const opened = await openPage(on.browser, on.stage, DESK);
    await opened.page.waitForSelector('.row a');
    const sends = await holdBack(opened, /\/v1\/sends\?thread=/);
    await openThread(opened, id);
    await sends.answered;
    await write(opened, 'It costs 40 a month.');
    await opened.page.getByRole('button', { name: 'Send reply' }).click();
    await opened.page.waitForSelector('.send .badge');
    await sends.letThrough();
    expect(await opened.page.locator('.send').count()).toBe(1);
    await opened.close();
  });

  it('takes no star back from the thread', async () => {
    const { id } = await newLead(on.stage, 'acme');
    const opened = await openPage(on.browser, on.stage, DESK);
    await openThread(opened, id);
    await write(opened, 'Does Tuesday suit you?');
    const thread = await holdBack(opened, /\/v1\/threads\/[^/]+\/[^/]+$/);
    await opened.page.getByRole('button', { name: 'Send reply' }).click();
    await thread.answered;
    await opened.page.getByRole('button', { name: '☆ Star' }).click();
    const starred = opened.page.locator('button[aria-pressed=true]:has-text("Starred")');
    await starred.waitFor();
    await thread.letThrough();
    expect(await starred.count()).toBe(1);
    await opened.close();
  });

  it('takes no star back from the row', async () => {
    const { id } = await newLead(on.stage, 'acme');
    const opened = await openPage(on.browser, on.stage, DESK);
    await opened.page.waitForSelector('.row a');
    await openThread(opened, id);
    const list = await holdBack(opened, FIRST_PAGE);
    await opened.page.locator('.conversation').focus();
    await opened.page.keyboard.press('g');
    await list.answered;
    const starred = opened.page.locator('.row[aria-current] .star');
    await opened.page.keyboard.press('s');
    await starred.waitFor();
    await list.letThrough();
    expect(await starred.count()).toBe(1);
    await opened.close();
  });
});
