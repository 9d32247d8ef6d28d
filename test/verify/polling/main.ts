import { parseArgs } from 'node:util';
import { createPoller } from '../../../shared/polling/poller.ts';
import { simulate } from './simulate.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    from: { type: 'string', default: '1' },
    days: { type: 'string', default: '2' },
    vendor: { type: 'string' },
  },
});
const from = Number(values.from);
const vendor = values.vendor === undefined ? {} : { vendor: values.vendor };
const sum = {
  seeds: 0,
  polls: 0,
  crashes: 0,
  calls: 0,
  repliesDue: 0,
  repliesLost: 0,
  interestedDue: 0,
  interestedLost: 0,
  twice: 0,
  spurious: 0,
};
for (let seed = from; seed < from + Number(values.seeds); seed += 1) {
  const result = await simulate({ seed, days: Number(values.days), createPoller, ...vendor });
  sum.seeds += 1;
  for (const key of Object.keys(sum) as (keyof typeof sum)[]) if (key !== 'seeds') sum[key] += result[key];
  if (result.findings.length > 0) {
    process.exitCode = 1;
    console.log(
      `seed ${seed} (${result.vendor}) failed; replay: npm run simulate -- --vendor ${result.vendor} --from ${seed} --seeds 1 --days ${values.days}`,
    );
    for (const finding of result.findings.slice(0, 5)) console.log(`  ${finding}`);
  }
}
console.log(JSON.stringify(sum));
