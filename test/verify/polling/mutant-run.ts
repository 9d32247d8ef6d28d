import { AssertionError } from 'node:assert';
import { argv } from 'node:process';
import type * as pollerModule from '../../../shared/polling/poller.ts';
import type * as rulesModule from '../../polling/rules.ts';
import { plant, report, SHARED } from '../mutation/loader.ts';
import { DAYS_SIMULATED, MUTANTS, type Mutant, SEEDS_TRIED } from './mutants.ts';
import type * as simulateModule from './simulate.ts';

plant(MUTANTS);

async function ruleFinding(mutant: Mutant, number: number): Promise<string> {
  const { createPoller }: typeof pollerModule = await import(`${SHARED}polling/poller.ts?mutant=${number}`);
  const { RULES }: typeof rulesModule = await import(`../../polling/rules.ts?mutant=${number}`);
  const rules = Object.entries(RULES).filter(([name]) => name.startsWith(mutant.caughtBy));
  const [rule] = rules;
  if (!rule || rules.length > 1) throw new Error(`not exactly one rule is named ${mutant.caughtBy}`);
  try {
    for (const vendor of rule[1].vendors) await rule[1].check({ createPoller }, vendor);
    return '';
  } catch (error) {
    if (error instanceof AssertionError) return error.message.split('\n')[0] ?? '';
    throw error;
  }
}

async function simulationFinding({ only, seed: first }: Mutant, number: number): Promise<string> {
  const { createPoller }: typeof pollerModule = await import(`${SHARED}polling/poller.ts?mutant=${number}`);
  const { simulate }: typeof simulateModule = await import(`./simulate.ts?mutant=${number}`);
  const seeds = new Set(first === undefined ? SEEDS_TRIED : [first, ...SEEDS_TRIED]);
  for (const seed of seeds) {
    const { findings } = await simulate({ seed, days: DAYS_SIMULATED, createPoller, ...(only && { only }) });
    if (findings[0]) return `seed ${seed}: ${findings[0]}`;
  }
  return '';
}

// An argument picks the mutants whose name holds it.
for (const [number, mutant] of MUTANTS.entries()) {
  if (!mutant.name.includes(argv[2] ?? '')) continue;
  await report(mutant.name, 'rule', () => ruleFinding(mutant, number));
  if (mutant.simulated) await report(mutant.name, 'simulation', () => simulationFinding(mutant, number));
}
