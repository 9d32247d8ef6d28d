import { AssertionError } from 'node:assert';
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import type * as pollerModule from '../../shared/polling/poller.ts';
import type * as simulateModule from '../simulation/simulate.ts';
import { DAYS_SIMULATED, MUTANTS, type Mutant, SEEDS_TRIED } from './mutants.ts';
import type * as rulesModule from './rules.ts';

const ROOT = new URL('../../', import.meta.url).href;
const SHARED = new URL('shared/', ROOT).href;

/** Every module that is loaded for a mutant carries its number, so that mutants share no module. */
const numberOf = (url: string | undefined) => /\?mutant=(\d+)$/.exec(url ?? '')?.[1];
const isOurs = (url: string) => url.startsWith(ROOT) && !url.includes('/node_modules/');

function mutated(source: string, { find, replace }: Mutant): string {
  if (source.split(find).length !== 2) throw new Error('the text to replace does not stand in the file exactly once');
  return source.replace(find, () => replace);
}

registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    const number = numberOf(context.parentURL);
    return number === undefined || !isOurs(resolved.url)
      ? resolved
      : { ...resolved, url: `${resolved.url}?mutant=${number}` };
  },
  load(url, context, next) {
    const mutant = MUTANTS[Number(numberOf(url) ?? -1)];
    const file = url.replace(/\?.*$/, '');
    if (!mutant || file !== SHARED + mutant.file) return next(url, context);
    const source = mutated(readFileSync(fileURLToPath(file), 'utf8'), mutant);
    return { format: 'module-typescript', source, shortCircuit: true };
  },
});

async function ruleFinding(mutant: Mutant, number: number): Promise<string> {
  const { createPoller }: typeof pollerModule = await import(`${SHARED}polling/poller.ts?mutant=${number}`);
  const { RULES }: typeof rulesModule = await import(`./rules.ts?mutant=${number}`);
  const rules = Object.entries(RULES).filter(([name]) => name.startsWith(mutant.caughtBy));
  const [rule] = rules;
  if (!rule || rules.length > 1) throw new Error(`not exactly one rule is named ${mutant.caughtBy}`);
  try {
    await rule[1]({ createPoller });
    return '';
  } catch (error) {
    if (error instanceof AssertionError) return error.message.split('\n')[0] ?? '';
    throw error;
  }
}

async function simulationFinding(number: number): Promise<string> {
  const { createPoller }: typeof pollerModule = await import(`${SHARED}polling/poller.ts?mutant=${number}`);
  const { simulate }: typeof simulateModule = await import(`../simulation/simulate.ts?mutant=${number}`);
  for (let seed = 1; seed <= SEEDS_TRIED; seed += 1) {
    const { findings } = await simulate({ seed, days: DAYS_SIMULATED, createPoller });
    if (findings[0]) return `seed ${seed}: ${findings[0]}`;
  }
  return '';
}

/** One line of JSON: what the check found (nothing: ''), or why it could not be tried. */
async function report(mutant: Mutant, check: string, finding: () => Promise<string>): Promise<void> {
  const result = await finding().then(
    (found) => ({ finding: found }),
    (error: unknown) => ({ error: String(error) }),
  );
  console.log(JSON.stringify({ name: mutant.name, check, ...result }));
}

// An argument picks the mutants whose name holds it.
for (const [number, mutant] of MUTANTS.entries()) {
  if (!mutant.name.includes(argv[2] ?? '')) continue;
  await report(mutant, 'rule', () => ruleFinding(mutant, number));
  if (mutant.simulated) await report(mutant, 'simulation', () => simulationFinding(number));
}
