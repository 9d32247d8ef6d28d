import { describe, expect, it } from 'vitest';
import { httpServer } from '../../adapters/node/loopback.ts';
import { onStage } from './on-stage.ts';
import { accessibilityOf, DESK, goTo, openPage } from './page.ts';

const on = onStage();

async function newToken(scopes: readonly string[]): Promise<{ readonly id: string; readonly token: string }> {
  const { status, body } = await on.stage.own('POST', '/v1/tokens', { name: `for ${scopes.join(' ')}`, scopes });
  expect(status).toBe(201);
  return body as { readonly id: string; readonly token: string };
}

describe('a delivery that failed', () => {
  it('says what the receiver answered, and arrives when it is delivered again', async () => {
    const receiver = { status: 500, calls: 0 };
    const server = await httpServer((_request, response) => {
      receiver.calls += 1;
      response.writeHead(receiver.status).end();
    });
    const subscription = { url: `${server.url}hook`, events: ['reply.received'] };
    expect((await on.stage.own('PUT', '/v1/subscriptions', subscription)).status).toBeLessThan(300);
    const opened = await openPage(on.browser, on.stage, DESK);
    await goTo(opened, 'events');
    // The demo's leads go on writing, so the first one now is soon the second.
    const waiting = opened.page
      .locator('.event')
      .filter({ has: opened.page.locator('.badge.warn') })
      .first();
    await waiting.waitFor({ timeout: 60_000 });
    const event = await waiting.elementHandle();
    if (!event) throw new Error('the event is gone');
    await (await event.waitForSelector('button.summary')).click();
    await event.waitForSelector('text=answered 500', { timeout: 30_000 });
    expect(await accessibilityOf(opened)).toEqual([]);
    receiver.status = 200;
    const before = receiver.calls;
    await (await event.waitForSelector('button:text-is("Deliver again")')).click();
    await expect.poll(() => receiver.calls, { timeout: 30_000 }).toBeGreaterThan(before);
    await opened.close();
    await server[Symbol.asyncDispose]();
  }, 150_000);
});

describe('a token', () => {
  it('that may only read says so when something is to be done', async () => {
    const { token } = await newToken(['read']);
    const opened = await openPage(on.browser, on.stage, DESK, token);
    await opened.page.waitForSelector('.row a');
    await opened.page.keyboard.press('j');
    await opened.page.waitForSelector('.message .words');
    await opened.page.keyboard.press('s');
    await opened.page.getByRole('alert').filter({ hasText: /scope/ }).waitFor();
    expect(await accessibilityOf(opened)).toEqual([]);
    await opened.close();
  });

  it('that is revoked while the page is open ends it with a sentence, and another goes on', async () => {
    const { id, token } = await newToken(['read', 'act']);
    const opened = await openPage(on.browser, on.stage, DESK, token);
    await opened.page.waitForSelector('.row a');
    expect((await on.stage.own('DELETE', `/v1/tokens/${id}`)).status).toBe(200);
    await goTo(opened, 'events');
    await opened.page.getByText('not, or no longer, accepted').waitFor({ timeout: 30_000 });
    await opened.page.getByLabel('Token').fill(on.stage.token);
    await opened.page.getByRole('button', { name: 'Open' }).click();
    await opened.page.waitForSelector('.event');
    await opened.close();
  });
});

describe('a vendor that is down', () => {
  it('is named while reading, and what it held shows when it is back', async () => {
    const opened = await openPage(on.browser, on.stage, DESK);
    await opened.page.waitForSelector('.row a');
    await on.stage.control('PATCH', '/switches', { faultScope: 'all', errorRate: 1 });
    await opened.page.keyboard.press('j');
    await opened.page
      .getByText(/answered with|did not answer|had an error|failed/i)
      .first()
      .waitFor({ timeout: 30_000 });
    expect(await accessibilityOf(opened)).toEqual([]);
    await on.stage.control('PATCH', '/switches', { errorRate: 0 });
    const again = opened.page.getByRole('button', { name: /again/i }).first();
    if (await again.isVisible()) await again.click();
    await opened.page.waitForSelector('.message .words', { timeout: 60_000 });
    await opened.close();
  }, 120_000);
});
