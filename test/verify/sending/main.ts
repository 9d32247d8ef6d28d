import { parseArgs } from 'node:util';
import { acceptSend } from '../../../shared/sending/accept.ts';
import { decideSend } from '../../../shared/sending/decide.ts';
import { runSend } from '../../../shared/sending/run.ts';
import { SENDS_PER_SEED, simulateSends } from './simulate.ts';

const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '400' }, from: { type: 'string', default: '1' } },
});
const from = Number(values.from);
const sum = { seeds: 0, asked: 0, accepted: 0, mails: 0, uncertain: 0, asksOfAPerson: 0, resends: 0, findings: 0 };
for (let seed = from; seed < from + Number(values.seeds); seed += 1) {
  const result = await simulateSends(seed, SENDS_PER_SEED, { acceptSend, runSend, decideSend });
  const { findings, byState: _, seed: __, vendor, ...counts } = result;
  sum.seeds += 1;
  sum.findings += findings.length;
  for (const [name, count] of Object.entries(counts)) sum[name as keyof typeof counts] += count;
  if (findings.length === 0) continue;
  process.exitCode = 1;
  console.log(`seed ${seed} (${vendor}) failed; replay: npm run simulate:sends -- --from ${seed} --seeds 1`);
  for (const finding of findings.slice(0, 5)) console.log(`  ${finding}`);
}
console.log(JSON.stringify(sum));
