import { argv } from 'node:process';
import { plant, report, SHARED } from '../mutation/loader.ts';
import { misjudged } from './known-mails.ts';
import { MUTANTS, type Mutant, SEEDS_TRIED, SENDS_TRIED } from './mutants.ts';
import type * as protocolModule from './protocol.ts';
import type * as simulateModule from './simulate.ts';

plant(MUTANTS);

async function findingIn({ finding: wanted, inKnownMails, seed: first = 1 }: Mutant, number: number): Promise<string> {
  const at = `?mutant=${number}`;
  if (inKnownMails) return await misjudged(await import(`${SHARED}sending/identity.ts${at}`));
  const { loadProtocol }: typeof protocolModule = await import(`./protocol.ts${at}`);
  const { simulateSends }: typeof simulateModule = await import(`./simulate.ts${at}`);
  const protocol = await loadProtocol(`${SHARED}sending/`, at);
  for (let seed = first; seed < first + SEEDS_TRIED; seed += 1) {
    const { findings } = await simulateSends(seed, SENDS_TRIED, protocol);
    const found = findings.find((each) => each.includes(wanted));
    if (found) return `seed ${seed}: ${found}`;
  }
  return '';
}

// An argument picks the mutants whose name holds it.
for (const [number, mutant] of MUTANTS.entries()) {
  if (mutant.name.includes(argv[2] ?? '')) await report(mutant.name, 'simulation', () => findingIn(mutant, number));
}
