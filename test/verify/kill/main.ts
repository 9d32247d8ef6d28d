import { parseArgs } from 'node:util';
import { killRuns } from './kill.ts';

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '200' }, seed: { type: 'string', default: '1' } },
});
const result = await killRuns(Number(values.kills), Number(values.seed), (done) => {
  if (done % 20 === 0) console.error(`${done} runs`);
});
console.log(JSON.stringify(result));
if (result.missing.length > 0 || result.twice.length > 0 || result.badSignatures > 0) {
  console.error(`failed; replay: npm run kill -- --kills ${values.kills} --seed ${values.seed}`);
  process.exitCode = 1;
}
