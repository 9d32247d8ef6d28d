import { describe, expect, it } from 'vitest';
import { newLead, openThread, write } from './leads.ts';
import { onStage } from './on-stage.ts';
import { DESK, openPage } from './page.ts';

/** At a vendor without a limit of calls, so that nobody waits for the next minute. */
const on = onStage();

describe('reading', () => {
  it('shows a mail on white paper in the dark as well', async () => {
    const { id } = await newLead(on.stage, 'acme');
    const opened = await openPage(on.browser, on.stage, { ...DESK, scheme: 'dark' });
    await openThread(opened, id);
    await opened.page.getByRole('button', { name: 'Show the whole mail' }).first().click();
    await opened.page.frameLocator('.mail iframe').locator('body > div').waitFor();
    const paper = await opened.page.evaluate(
      `getComputedStyle(document.querySelector('.mail iframe').contentDocument.documentElement).backgroundColor`,
    );
    expect(paper).toBe('rgb(255, 255, 255)');
    await opened.close();
  });

  it('shows of a long conversation the newest message, and the others when asked', async () => {
    const { id, thread: threadId } = await newLead(on.stage, 'acme');
    for (let count = 1; count <= 12; count += 1)
      await on.stage.control('POST', '/messages', { threadId, text: `Message ${count} of many.` });
    const opened = await openPage(on.browser, on.stage, { ...DESK, width: 390 });
    await openThread(opened, id);
    await opened.page.locator('.message').last().getByText('Message 12 of many.').waitFor();
    expect(await opened.page.locator('.message').count()).toBeLessThan(13);
    await expect.poll(async () => (await opened.page.locator('.message').last().boundingBox())?.y).toBeLessThan(800);
    await opened.page.getByRole('button', { name: /earlier messages$/ }).click();
    expect(await opened.page.locator('.message').count()).toBe(13);
    await opened.close();
  });

  it('fits the longest names and addresses into a phone', async () => {
    const opened = await openPage(on.browser, on.stage, { ...DESK, width: 390 });
    const { id } = await newLead(on.stage, 'acme', {
      leadEmail: `${'very.long.'.repeat(6)}address@${'sub.'.repeat(12)}company-with-a-long-name.example`,
      leadName: `${'Bartholomew'.repeat(6)} محمد`,
      subject: 'Donaudampfschifffahrtsgesellschaft'.repeat(5),
    });
    await openThread(opened, id);
    const wider = await opened.page.evaluate(
      `(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)(document.querySelector('.conversation'))`,
    );
    expect(wider).toBe(false);
    await opened.close();
  });
});

describe('a draft', () => {
  it('gives back a draft that was thrown away', async () => {
    const { id } = await newLead(on.stage, 'acme');
    const opened = await openPage(on.browser, on.stage, DESK);
    await openThread(opened, id);
    await write(opened, 'A thought worth keeping');
    await opened.page.getByRole('button', { name: 'Discard' }).click();
    await opened.page.getByRole('button', { name: 'Restore it' }).click();
    expect(await opened.page.getByLabel('Your reply').inputValue()).toBe('A thought worth keeping');
    await opened.close();
  });

  it('puts what is quoted below the words, and the keyboard back among them', async () => {
    const { id } = await newLead(on.stage, 'acme');
    const opened = await openPage(on.browser, on.stage, DESK);
    await openThread(opened, id);
    await write(opened, 'See below.');
    await opened.page.getByRole('button', { name: 'Quote' }).click();
    await opened.page.keyboard.type(' Twice.');
    expect(await opened.page.getByLabel('Your reply').inputValue()).toMatch(
      /^See below\. Twice\.\n\nLead Number\d+ wrote:\n> /,
    );
    await opened.close();
  });

  it('names a recipient that is no address beside its field, before anything is sent', async () => {
    const { id } = await newLead(on.stage, 'acme');
    const opened = await openPage(on.browser, on.stage, DESK);
    await openThread(opened, id);
    await write(opened, 'With a copy.');
    await opened.page.getByLabel('Cc', { exact: true }).fill('nobody at all');
    await opened.page.getByRole('button', { name: 'Send reply' }).click();
    await opened.page.getByRole('alert').filter({ hasText: '“nobody at all” in Cc' }).waitFor();
    await opened.page.waitForSelector('[aria-invalid=true]:focus');
    await opened.close();
  });

  it('goes on at the send after it was handed over, so that Undo is the next stop', async () => {
    const { id } = await newLead(on.stage, 'acme');
    const opened = await openPage(on.browser, on.stage, DESK);
    await openThread(opened, id);
    await write(opened, 'Soon called back.');
    await opened.page.keyboard.press('Control+Enter');
    await opened.page.waitForSelector('.send:focus');
    await opened.page.keyboard.press('Tab');
    await opened.page.keyboard.press('Enter');
    await opened.page.waitForSelector('.send .badge:text-is("undone")');
    await opened.close();
  });

  it('says that a draft went out from another window, and sends its other words when told again', async () => {
    const { id } = await newLead(on.stage, 'acme');
    const first = await openPage(on.browser, on.stage, DESK);
    await openThread(first, id);
    await write(first, 'One draft in two windows.');
    const second = { ...first, page: await first.context.newPage() };
    await second.page.goto(`${on.stage.address}/#token=${on.stage.token}`);
    await openThread(second, id);
    await second.page.getByLabel('Your reply').fill('One draft in two windows, sent here.');
    await second.page.getByRole('button', { name: 'Send reply' }).click();
    await second.page.waitForSelector('.send .badge:text-is("waiting")');
    await first.page.bringToFront();
    await first.page.getByRole('button', { name: 'Send reply' }).click();
    await first.page.getByRole('alert').filter({ hasText: 'sent already, from another window' }).waitFor();
    await first.page.getByRole('button', { name: 'Send reply' }).click();
    await expect.poll(async () => await first.page.locator('.send').count()).toBe(2);
    await first.close();
  }, 60_000);

  it('says times by the clock of the reader', async () => {
    const { id } = await newLead(on.stage, 'acme');
    const opened = await openPage(on.browser, on.stage, DESK);
    await openThread(opened, id);
    await write(opened, 'When does this go?');
    await opened.page.getByRole('button', { name: 'Send reply' }).click();
    await opened.page.waitForSelector('.send:has-text("Goes out at")');
    expect(await opened.page.locator('.send .meaning').innerText()).toMatch(/Goes out at \d{1,2}:\d\d:\d\d/);
    await opened.close();
  });
});
