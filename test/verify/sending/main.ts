import { parseArgs } from 'node:util';
import { loadProtocol } from './protocol.ts';
import { SENDS_PER_SEED, simulateSends } from './simulate.ts';

const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '400' }, from: { type: 'string', default: '1' } },
});
const from = Number(values.from);
const protocol = await loadProtocol(new URL('../../../shared/sending/', import.meta.url).href);
const sum = {
  seeds: 0,
  asked: 0,
  accepted: 0,
  mails: 0,
  uncertain: 0,
  asksOfAPerson: 0,
  doubts: 0,
  resends: 0,
  findings: 0,
};
const states: Record<string, number> = {};
for (let seed = from; seed < from + Number(values.seeds); seed += 1) {
  const result = await simulateSends(seed, SENDS_PER_SEED, protocol);
  const { findings, byState, seed: __, vendor, ...counts } = result;
  sum.seeds += 1;
  sum.findings += findings.length;
  for (const [name, count] of Object.entries(counts)) sum[name as keyof typeof counts] += count;
  for (const [state, count] of Object.entries(byState)) states[state] = (states[state] ?? 0) + count;
  if (findings.length === 0) continue;
  process.exitCode = 1;
  console.log(`seed ${seed} (${vendor}) failed; replay: npm run simulate:sends -- --from ${seed} --seeds 1`);
  for (const finding of findings.slice(0, 5)) console.log(`  ${finding}`);
}
const share = (count: number) => `${((100 * count) / sum.mails).toFixed(2)} %`;
console.log(
  JSON.stringify({ ...sum, states, askedOfMails: share(sum.asksOfAPerson), doubtsOfMails: share(sum.doubts) }),
);
