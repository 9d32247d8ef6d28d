import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import type * as pollerModule from '../../shared/polling/poller.ts';
import type * as simulateModule from '../simulation/simulate.ts';
import { MUTANTS, type Mutant } from './mutants.ts';
import type * as rulesModule from './rules.ts';

const ROOT = new URL('../../', import.meta.url).href;
const SHARED = new URL('shared/', ROOT).href;
const SIMULATED_DAYS = 2;

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

async function findingOf(mutant: Mutant, number: number): Promise<string> {
  const { createPoller }: typeof pollerModule = await import(`${SHARED}polling/poller.ts?mutant=${number}`);
  if (typeof mutant.caughtBy === 'string') {
    const { RULES }: typeof rulesModule = await import(`./rules.ts?mutant=${number}`);
    const wanted = mutant.caughtBy;
    const rules = Object.entries(RULES).filter(([name]) => name.startsWith(wanted));
    const [rule] = rules;
    if (!rule || rules.length > 1) throw new Error(`not one rule is named ${wanted}`);
    return await rule[1]({ createPoller }).then(
      () => '',
      (error: Error) => (error.name === 'AssertionError' ? (error.message.split('\n')[0] ?? '') : Promise.reject(error)),
    );
  }
  const { simulate }: typeof simulateModule = await import(`../simulation/simulate.ts?mutant=${number}`);
  for (const seed of mutant.caughtBy.seeds) {
    const { findings } = await simulate({ seed, days: SIMULATED_DAYS, createPoller });
    if (findings[0]) return `seed ${seed}: ${findings[0]}`;
  }
  return '';
}

/** Prints one line of JSON per mutant whose name holds the argument: what caught it, or why it could not be tried. */
for (const [number, mutant] of MUTANTS.entries()) {
  if (!mutant.name.includes(argv[2] ?? '')) continue;
  const result = await findingOf(mutant, number).then(
    (finding) => ({ finding }),
    (error: Error) => ({ error: error.message }),
  );
  console.log(JSON.stringify({ name: mutant.name, ...result }));
}
