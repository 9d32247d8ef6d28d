import { parseArgs } from 'node:util';
import { aQueue } from './scenarios/a-queue.ts';
import { aReply } from './scenarios/a-reply.ts';
import { aSend } from './scenarios/a-send.ts';
import { frozen } from './scenarios/frozen.ts';
import { hostile } from './scenarios/hostile.ts';
import { instant } from './scenarios/instant.ts';
import { leftBehind } from './scenarios/left-behind.ts';
import { poison } from './scenarios/poison.ts';
import { timeOuts } from './scenarios/time-outs.ts';

/** `packages`: the unpacked zips. What comes back is told when it went well. */
type Scenario = (packages: string, seed: number) => Promise<string>;

/** What is run, each in a process of its own, since each has a clock of its own. What takes longest comes first. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'hostile-one-shard': (packages, seed) => hostile(packages, seed, 1),
  'hostile-two-shards': (packages, seed) => hostile(packages, seed + 1, 2),
  'left-behind': leftBehind,
  instant,
  frozen,
  'time-outs': timeOuts,
  'a-send': aSend,
  'a-reply': aReply,
  'a-queue': aQueue,
  poison,
};

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { seed: { type: 'string', default: '1' } },
  });
  const [name = '', packages = ''] = positionals;
  const scenario = SCENARIOS[name];
  if (!scenario) throw new Error(`There is no scenario ${name}; there are ${Object.keys(SCENARIOS).join(', ')}.`);
  console.log(await scenario(packages, Number(values.seed)));
}

if (import.meta.main) {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  await main();
}
