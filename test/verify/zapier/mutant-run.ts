import { argv } from 'node:process';
import type * as interestedModule from '../../../zapier/triggers/new-interested-reply.ts';
import type * as replyModule from '../../../zapier/triggers/new-reply.ts';
import { plant, report, SHARED } from '../mutation/loader.ts';
import { MUTANTS, type Mutant, SEEDS_TRIED } from './mutants.ts';
import type * as simulateModule from './simulate.ts';

plant(MUTANTS);

// The first argument picks the mutants whose name holds it ('': all), the second says how many seeds are tried.
const [name, seedsTried] = [argv[2], Number(argv[3] ?? SEEDS_TRIED)];
const TRIGGERS = `${SHARED}../zapier/triggers/`;

async function finding({ finding: wanted, seed: first = 1 }: Mutant, number: number): Promise<string> {
  const at = `?mutant=${number}`;
  const { newReplies }: typeof replyModule = await import(`${TRIGGERS}new-reply.ts${at}`);
  const { newInterested }: typeof interestedModule = await import(`${TRIGGERS}new-interested-reply.ts${at}`);
  const { simulateZaps }: typeof simulateModule = await import(`./simulate.ts${at}`);
  for (let seed = first; seed < first + seedsTried; seed += 1) {
    const { findings } = await simulateZaps(seed, { newReplies, newInterested });
    const found = findings.find((each) => each.startsWith(wanted));
    if (found) return `seed ${seed}: ${found}`;
  }
  return '';
}

for (const [number, mutant] of MUTANTS.entries()) {
  const isAsked = name === undefined ? !mutant.isSlow : mutant.name.includes(name);
  if (isAsked) await report(mutant.name, 'model', () => finding(mutant, number));
}
