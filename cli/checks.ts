import type { CheckView } from '../shared/api/shapes.ts';
import { painter, print, printJson, styled } from './output.ts';

/** What was examined. Something broken makes the command fail. */
export function printChecks(checks: readonly CheckView[], json: boolean | undefined): void {
  const paint = painter(process.stdout);
  const signs = { ok: paint('green', '✓'), warning: paint('yellow', '!'), broken: paint('red', '✗') };
  for (const check of checks) {
    if (json) printJson(check);
    else print(styled`${signs[check.state]} ${check.subject}: ${check.detail}`);
  }
  if (checks.some(({ state }) => state === 'broken')) process.exitCode = 1;
}
