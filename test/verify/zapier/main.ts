import { parseArgs } from 'node:util';
import { newInterested } from '../../../zapier/triggers/new-interested-reply.ts';
import { newReplies } from '../../../zapier/triggers/new-reply.ts';
import { type Load, measure } from './beyond.ts';
import { instant, polled } from './lateness.ts';
import { Sum } from './report.ts';
import { simulateZaps } from './simulate.ts';
import { simulateWide, type Wide } from './wide.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    from: { type: 'string', default: '1' },
    beyond: { type: 'boolean', default: false },
    wide: { type: 'boolean', default: false },
    late: { type: 'boolean', default: false },
  },
});
const triggers = { newReplies, newInterested };

/** One burst, and a steady stream of bursts. */
const LOADS = (['cohesive', 'coldsend'] as const).flatMap((vendor): readonly Load[] => [
  ...[99, 200, 500, 1_000].map((threads) => ({ vendor, pollMinutes: 15, threads, everyMinutes: 15, times: 1 })),
  { vendor, pollMinutes: 2, threads: 1_000, everyMinutes: 2, times: 1 },
  ...[40, 60, 99].map((threads) => ({ vendor, pollMinutes: 15, threads, everyMinutes: 15, times: 40 })),
]);

if (values.beyond) {
  for (const load of LOADS) console.log(JSON.stringify(await measure(load, triggers)));
  process.exit();
}
/** Large in one way each; beyond some of them a Zap is not switched on. */
const WIDES: readonly Wide[] = (['cohesive', 'coldsend'] as const).flatMap((vendor) => [
  ...[60, 350].flatMap((cacheMs) => [
    { vendor, campaigns: 49, active: 0, latencyMs: 2_000, cacheMs, hours: 6 },
    { vendor, campaigns: 150, active: 0, latencyMs: 900, cacheMs, hours: 6 },
  ]),
  { vendor, campaigns: 300, active: 0, latencyMs: 900, cacheMs: 60, hours: 6 },
  ...[183, 500, 900, 2_000].map((active) => ({ vendor, campaigns: 3, active, latencyMs: 300, cacheMs: 350, hours: 4 })),
  ...[11, 29].map((hangsEvery) => ({
    ...{ vendor, campaigns: 20, active: 100, latencyMs: 300, cacheMs: 60, hours: 4 },
    hangsEvery,
  })),
]);

if (values.wide) {
  for (const wide of WIDES) {
    const { figures, findings, attempts, isOn, minutesMax } = await simulateWide(wide, triggers);
    const { repliesDue, repliesLost, twice, old, msMax, callsMax, primingCallsMax, hourMax } = figures;
    const told = { repliesDue, repliesLost, twice, old, msMax, callsMax, primingCallsMax, hourMax };
    console.log(JSON.stringify({ ...wide, attempts, isOn, minutesMax, ...told, findings: findings.length }));
  }
  process.exit();
}
if (values.late) {
  for (const vendor of ['cohesive', 'coldsend'] as const)
    for (const pollMinutes of [1, 2, 15])
      console.log(JSON.stringify({ vendor, pollMinutes, ...(await polled(vendor, pollMinutes, triggers)) }));
  for (const [connection, everySeconds] of [
    ['acme', 1],
    ['acme', 60],
    ['sales', 60],
  ] as const)
    console.log(JSON.stringify({ connection, everySeconds, ...(await instant(connection, everySeconds)) }));
  process.exit();
}
const sum = new Sum();
const from = Number(values.from);
for (let seed = from; seed < from + Number(values.seeds); seed += 1) {
  const failed = sum.add(await simulateZaps(seed, triggers));
  if (failed !== '') console.log(failed);
}
console.log(JSON.stringify(sum.figures()));
if (sum.failed > 0) process.exitCode = 1;
