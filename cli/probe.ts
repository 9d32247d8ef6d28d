import { writeFile } from 'node:fs/promises';
import { ProbeList, type ProbeView } from '../shared/api/shapes.ts';
import { UserError } from '../shared/failure.ts';
import type { CommonOptions } from './options.ts';
import { painter, print, printJson, shown, styled } from './output.ts';
import { withApi } from './session.ts';

export interface ProbeOptions {
  /** A connection, or true for all. */
  readonly probe?: string | true;
  readonly report?: string;
}

/** Fit to be shown to others: no name of a connection, and no word of the vendor's. */
function reportOf(probes: readonly ProbeView[]) {
  return probes.map(({ provider, findings, failures, answers }) => {
    return { provider, findings, failures: failures.map(({ step, kind }) => ({ step, kind })), answers };
  });
}

async function writeReport(file: string, probes: readonly ProbeView[]): Promise<void> {
  try {
    await writeFile(file, `${JSON.stringify(reportOf(probes), null, 2)}\n`, { flag: 'wx' });
  } catch (error) {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    const why = isThere ? 'is there already; name another file' : 'cannot be written; name a file in a folder of yours';
    throw new UserError(`The report ${shown(file)} ${why}.`, 1);
  }
}

function printProbe({ connection, provider, findings, failures }: ProbeView): void {
  const paint = painter(process.stdout);
  const signs = { 'as-assumed': paint('green', '✓'), otherwise: paint('yellow', '!'), 'not-seen': paint('dim', '·') };
  print(paint('bold', `${connection} (${provider})`));
  for (const { step, detail } of failures) print(styled`${paint('red', '✗')} ${step}: ${detail}`);
  for (const { subject, assumed, seen, state, follows } of findings) {
    print(styled`${signs[state]} ${subject}`);
    print(styled`    assumed  ${assumed}`);
    print(styled`    seen     ${seen}`);
    print(styled`    follows  ${follows}`);
  }
}

/** `doctor --probe`; false where it was not asked for. */
export async function probe(
  { probe: wanted, report, ...options }: CommonOptions & ProbeOptions,
  stage: string | undefined,
): Promise<boolean> {
  if (wanted === undefined) {
    if (report !== undefined) throw new UserError('--report writes what --probe has seen; add --probe.');
    return false;
  }
  if (stage !== undefined) throw new UserError('--probe asks from this machine; leave --stage out.');
  await withApi(options, async (api) => {
    const body = wanted === true ? {} : { connection: wanted };
    const { items } = await api.send(ProbeList, 'POST', '/v1/doctor/probe', { body });
    for (const item of items) {
      if (options.json) printJson(item);
      else printProbe(item);
      if (item.failures.length > 0) process.exitCode = 1;
    }
    if (report === undefined) return;
    await writeReport(report, items);
    if (!options.json)
      print(`${shown(report)} holds names, types and counts, and no value; look at it before you share it.`);
  });
  return true;
}
