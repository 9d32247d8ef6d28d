import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const PLACES = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** A browser of this machine; undefined where there is none. */
export const browserPath = (): string | undefined => PLACES.find((path) => path !== undefined && existsSync(path));

/** What Chromium looks up by itself would be refused here and would only slow the tests down. */
const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export async function openBrowser(): Promise<Browser> {
  const executablePath = browserPath();
  if (executablePath === undefined)
    throw new Error('No Chromium here: install it (apt-get install chromium) or name one in CHROMIUM.');
  return await chromium.launch({ executablePath, args: QUIET });
}
