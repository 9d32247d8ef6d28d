import { argv } from 'node:process';
import type * as acceptModule from '../../../shared/sending/accept.ts';
import type * as decideModule from '../../../shared/sending/decide.ts';
import type * as runModule from '../../../shared/sending/run.ts';
import { plant, report, SHARED } from '../mutation/loader.ts';
import { MUTANTS, type Mutant, SEEDS_TRIED, SENDS_TRIED } from './mutants.ts';
import type * as simulateModule from './simulate.ts';

plant(MUTANTS);

async function finding({ finding: wanted, seed: first = 1 }: Mutant, number: number): Promise<string> {
  const at = `?mutant=${number}`;
  const { acceptSend }: typeof acceptModule = await import(`${SHARED}sending/accept.ts${at}`);
  const { runSend }: typeof runModule = await import(`${SHARED}sending/run.ts${at}`);
  const { decideSend }: typeof decideModule = await import(`${SHARED}sending/decide.ts${at}`);
  const { simulateSends }: typeof simulateModule = await import(`./simulate.ts${at}`);
  for (let seed = first; seed < first + SEEDS_TRIED; seed += 1) {
    const { findings } = await simulateSends(seed, SENDS_TRIED, { acceptSend, runSend, decideSend });
    const found = findings.find((each) => each.includes(wanted));
    if (found) return `seed ${seed}: ${found}`;
  }
  return '';
}

// An argument picks the mutants whose name holds it.
for (const [number, mutant] of MUTANTS.entries()) {
  if (mutant.name.includes(argv[2] ?? '')) await report(mutant.name, 'simulation', () => finding(mutant, number));
}
