import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { newLead, openThread, write } from './leads.ts';
import { onStage } from './on-stage.ts';
import { DESK, openPage } from './page.ts';

const on = onStage();

/** What one of these tests asks of a vendor at most. */
const CALLS_MAX = 30;

async function callsLeft(): Promise<number> {
  const { items } = (await on.stage.api('GET', '/v1/connections')).body as {
    items: { budget: { acting: { left: number | null } } }[];
  };
  return Math.min(...items.map(({ budget }) => budget.acting.left ?? CALLS_MAX));
}

/** People share a minute's calls, and all of these people come in two minutes. */
beforeEach(async () => {
  while ((await callsLeft()) < CALLS_MAX) await sleep(1_000);
}, 90_000);

const outbox = async () => (await on.stage.control('GET', '/outbox')) as readonly unknown[];

describe.each(['acme', 'sales'] as const)('answering a lead of %s', (vendor) => {
  it('sends the words, and shows the send until it is confirmed', async () => {
    const { id } = await newLead(on.stage, vendor);
    const opened = await openPage(on.browser, on.stage, DESK);
    await openThread(opened, id);
    await write(opened, 'It costs 40 a month. Does Tuesday at 10:30 suit you?');
    await opened.page.getByRole('button', { name: 'Send reply' }).click();
    await opened.page.waitForSelector('.send .badge:text-is("waiting")');
    await opened.page.waitForSelector('.send .badge:text-is("confirmed")', { timeout: 60_000 });
    await opened.page.waitForSelector('.message.outbound:has-text("Tuesday at 10:30")');
    await opened.close();
  }, 90_000);

  it('calls a reply back while it waits, with its words to go on with, and nothing leaves', async () => {
    const { id } = await newLead(on.stage, vendor);
    const opened = await openPage(on.browser, on.stage, DESK);
    await openThread(opened, id);
    await write(opened, 'I did not mean to send this.');
    const before = (await outbox()).length;
    await opened.page.getByRole('button', { name: 'Send reply' }).click();
    await opened.page.getByRole('button', { name: 'Undo' }).click();
    await opened.page.waitForSelector('.send .badge:text-is("undone")');
    expect(await opened.page.getByLabel('Your reply').inputValue()).toBe('I did not mean to send this.');
    await opened.page.waitForTimeout(10_000);
    expect((await outbox()).length).toBe(before);
    await opened.close();
  }, 60_000);

  it('stars the thread, and takes the star back', async () => {
    const { id } = await newLead(on.stage, vendor);
    const opened = await openPage(on.browser, on.stage, DESK);
    await openThread(opened, id);
    await opened.page.keyboard.press('s');
    await opened.page.waitForSelector('button[aria-pressed=true]:has-text("Starred")');
    await opened.page.keyboard.press('s');
    await opened.page.waitForSelector('button[aria-pressed=false]:has-text("Star")');
    await opened.close();
  }, 60_000);

  it('forwards the thread', async () => {
    const { id } = await newLead(on.stage, vendor);
    const opened = await openPage(on.browser, on.stage, DESK);
    await openThread(opened, id);
    await opened.page.keyboard.press('f');
    await opened.page.getByLabel('To', { exact: true }).fill('deals@acme.example');
    await opened.page.getByRole('button', { name: 'Forward', exact: true }).click();
    await opened.page.waitForSelector('.send .badge:text-is("sent"), .send .badge:text-is("confirmed")', {
      timeout: 30_000,
    });
    await opened.close();
  }, 60_000);
});

describe('writing', () => {
  it('keeps a draft over a reload', async () => {
    const { id } = await newLead(on.stage, 'sales');
    const opened = await openPage(on.browser, on.stage, DESK);
    await openThread(opened, id);
    await write(opened, 'A thought I have not finished');
    await opened.page.reload();
    await opened.page.waitForSelector('form.composer');
    expect(await opened.page.getByLabel('Your reply').inputValue()).toBe('A thought I have not finished');
    await opened.close();
  });

  it('says before sending what else the vendor does', async () => {
    const { id } = await newLead(on.stage, 'sales');
    const opened = await openPage(on.browser, on.stage, DESK);
    await openThread(opened, id);
    await opened.page.keyboard.press('r');
    await opened.page.waitForSelector('form.composer .notice:has-text("follow-ups")');
    await opened.close();
  });

  it('says that somebody has answered meanwhile, and sends nothing until it is confirmed', async () => {
    const { id } = await newLead(on.stage, 'sales');
    const first = await openPage(on.browser, on.stage, DESK);
    const second = await openPage(on.browser, on.stage, DESK);
    await openThread(first, id);
    await openThread(second, id);
    await write(first, 'Answer of the first window.');
    await write(second, 'Answer of the second window.');
    await first.page.getByRole('button', { name: 'Send reply' }).click();
    await first.page.waitForSelector('.send .badge:text-is("confirmed")', { timeout: 60_000 });
    const before = (await outbox()).length;
    await second.page.getByRole('button', { name: 'Send reply' }).click();
    await second.page.waitForSelector('form.composer [role=alert]');
    await second.page.waitForTimeout(10_000);
    expect((await outbox()).length).toBe(before);
    await first.close();
    await second.close();
  }, 120_000);

  it('shows an uncertain send with what each decision means, and settles it', async () => {
    const { id } = await newLead(on.stage, 'acme');
    const opened = await openPage(on.browser, on.stage, DESK);
    await openThread(opened, id);
    await write(opened, 'This answer gets lost on its way back.');
    await on.stage.control('PATCH', '/switches', { faultScope: 'writes', errorRate: 1 });
    await opened.page.getByRole('button', { name: 'Send reply' }).click();
    await opened.page.waitForSelector('.send .badge:text-is("uncertain")', { timeout: 60_000 });
    await on.stage.control('PATCH', '/switches', { errorRate: 0 });
    await opened.page.waitForSelector('.send:has-text("If it shows up later after all")');
    await opened.page.getByRole('button', { name: 'It was sent' }).click();
    await opened.page.waitForSelector('.send .badge:text-is("decided")');
    await opened.close();
  }, 120_000);

  it('tells what a file may be before it is sent', async () => {
    const { id } = await newLead(on.stage, 'sales');
    const opened = await openPage(on.browser, on.stage, DESK);
    await openThread(opened, id);
    await write(opened, 'Here is the file.');
    await opened.page
      .getByLabel('Files to attach')
      .setInputFiles({ name: 'big.bin', mimeType: 'application/octet-stream', buffer: Buffer.alloc(11_000_000) });
    await opened.page.waitForSelector('form.composer [role=alert]:has-text("10 MB")');
    await opened.page.getByRole('button', { name: 'Remove big.bin' }).click();
    await opened.page
      .getByLabel('Files to attach')
      .setInputFiles({ name: 'prices.txt', mimeType: 'text/plain', buffer: Buffer.from('forty') });
    await opened.page.getByRole('button', { name: 'Send reply' }).click();
    await opened.page.waitForSelector('.send .badge:text-is("confirmed")', { timeout: 60_000 });
    await opened.close();
  }, 90_000);
});
