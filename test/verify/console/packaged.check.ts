import { rmSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Campaign } from '../packages/campaign.ts';
import { Deployment } from '../packages/deployment.ts';
import { type Gateway, startGateway } from '../packages/gateway.ts';
import { prepare } from '../packages/prepare.ts';
import { unpack } from '../packages/unpack.ts';
import { openBrowser } from './browser.ts';
import { accessibilityOf, DESK, goTo, type Opened, openPage, VIEWS } from './page.ts';

const LEADS_EACH = 3;

let browser: Browser;
let packages: string;
let deployment: Deployment;
let campaign: Campaign;
let gateway: Gateway;

/** The packaged functions as AWS would run them, the `api` behind an address that a browser can open. */
beforeAll(async () => {
  await prepare({ withZapier: false });
  packages = unpack();
  browser = await openBrowser();
  deployment = await Deployment.open(packages);
  gateway = await startGateway(deployment);
  campaign = new Campaign(deployment.world.sandbox.world, LEADS_EACH);
  await deployment.apply({ sinks: [] });
  await deployment.minute();
  for (const lead of campaign.leads) campaign.reply(lead);
  await deployment.minute();
}, 240_000);
afterAll(async () => {
  await gateway?.[Symbol.asyncDispose]();
  await deployment?.close();
  await browser?.close();
  rmSync(packages, { recursive: true, force: true });
});

const address = () => gateway.url.replace(/\/$/, '');
const open = (view = DESK, token = deployment.token): Promise<Opened> =>
  openPage(browser, { address: address(), token }, view);

const ROUTES: readonly (readonly [route: string, shows: string])[] = [
  ['inbox', '.row a'],
  ['events', '.event'],
  ['connections', 'section.card table'],
  ['overview', '.tile'],
];

describe('the page of the packaged api', () => {
  it.each(VIEWS)('shows every view from its own origin, at $width pixels, $scheme', async (view) => {
    const opened = await open(view);
    for (const [route, shows] of ROUTES) {
      await goTo(opened, route);
      await opened.page.waitForSelector(shows);
      expect(await accessibilityOf(opened), route).toEqual([]);
    }
    expect(opened.complaints).toEqual([]);
    expect(opened.asked.filter((url) => !url.startsWith(gateway.url))).toEqual([]);
    await opened.close();
  });

  it('comes with a policy that lets nothing run or load but its own files', async () => {
    const { headers } = await fetch(gateway.url);
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/default-src 'none'/);
    expect(policy).toMatch(/script-src 'self'/);
    expect(policy).not.toMatch(/unsafe/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('shows each lead, and answers one once', async () => {
    const opened = await open();
    await opened.page.waitForSelector('.row a');
    expect(await opened.page.locator('.row a').count()).toBe(campaign.leads.length);
    await opened.page.keyboard.press('j');
    await opened.page.waitForSelector('.message .words');
    await opened.page.keyboard.press('r');
    await opened.page.locator('form.composer textarea').fill('Thank you, shall we talk on Thursday?');
    await opened.page.getByRole('button', { name: 'Send reply' }).click();
    await opened.page.waitForSelector('.send .badge');
    const confirmed = opened.page.locator('.send .badge:text-is("confirmed")');
    for (let minute = 0; minute < 12 && !(await confirmed.isVisible()); minute += 1) {
      await gateway.settled();
      await deployment.minute();
      await confirmed.waitFor({ timeout: 3_000 }).catch(() => {});
    }
    expect(await confirmed.isVisible()).toBe(true);
    expect(deployment.world.sandbox.world.outbox).toHaveLength(1);
    expect(opened.complaints).toEqual([]);
    await opened.close();
  }, 120_000);

  it('asks for a token where it has none that is good', async () => {
    const opened = await open(DESK, 'rb_wrong');
    await opened.page.getByText(/token/i).first().waitFor();
    expect(await accessibilityOf(opened)).toEqual([]);
    await opened.close();
  });
});
