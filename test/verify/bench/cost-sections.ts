import { METRICS } from '../../../lambdas/runtime/metrics.ts';
import { FRESH_MS } from '../../../lambdas/services/secrets.ts';
import { seededRandom } from '../../../sandbox/seeded.ts';
import type { Random } from '../../../shared/ports.ts';
import { ASSUMED } from './assumptions.ts';
import { type CostLine, fixedMonthly, total, totalWithoutTransfer } from './cost.ts';
import { changeLines, idleRoundSeconds, type Profile } from './idle-cost.ts';
import { quantile } from './measure.ts';
import { TRANSFER_FREE_GB } from './prices.ts';
import { count, dollars, figure, met, table } from './report.ts';
import type { ScaleResult } from './scale.ts';
import { LABELS } from './sections.ts';

const TARGET = 2;

const amount = ({ aMonth, unit }: CostLine) => `${aMonth < 100 ? figure(aMonth) : count(aMonth)} ${unit}`;

type Lines = Readonly<Record<'cohesive' | 'coldsend', readonly CostLine[]>>;

function billTable({ cohesive, coldsend }: Lines): string {
  const rows = cohesive.map((line, index) => {
    const other = coldsend[index];
    return [line.what, amount(line), dollars(line.dollars), ...(other ? [amount(other), dollars(other.dollars)] : [])];
  });
  const sums = (name: string, of: (lines: readonly CostLine[]) => number) => [
    [`**${name}**`, '', dollars(of(cohesive)), '', dollars(of(coldsend))],
    [`Target ${dollars(TARGET)}`, '', met(of(cohesive) <= TARGET), '', met(of(coldsend) <= TARGET)],
  ];
  return table(
    ['', 'Cohesive', '$', 'ColdSend', '$'],
    [...rows, ...sums('Sum', total), ...sums('Sum without data transfer', totalWithoutTransfer)],
  );
}

export function idleCostSection(lines: Lines, profiles: readonly Profile[], random: Random): string {
  const roundOf = (profile: Profile) =>
    `${LABELS[profile.counts.vendor]} ${figure(idleRoundSeconds(profile, 'same', random), 1)} s`;
  const metrics = Object.keys(METRICS).length;
  return `### A month of 1,000 idle feeds, every minute, at list price

Cohesive: 20 connections of 50 campaigns. ColdSend: 1,000 workspaces, a key each. Nothing new comes; one shard, polled in place.
A round takes ${profiles.map(roundOf).join(', ')} of one function.

${billTable(lines)}

The target was set for the bill without data transfer. Of that, the most is the time of one function that waits. Data transfer is
mostly the requests' own headers and the acknowledgements of what comes in: two calls a feed and minute cost it in any design.

Each account may send out ${TRANSFER_FREE_GB} GB a month for nothing over all its services; with nothing else in it, the data transfer lines are $0.
Whatever the number of feeds, ${metrics} metrics and ${ASSUMED.alarms} alarms cost another ${dollars(fixedMonthly(metrics, ASSUMED.alarms))}.

${changesTable(profiles)}`;
}

function changesTable(profiles: readonly Profile[]): string {
  const all = profiles.map((profile) => changeLines(profile, () => seededRandom(1)));
  const names = all[0]?.map(({ what }) => what) ?? [];
  const rows = names.map((name, index) => [name, ...all.map((lines) => dollars(lines[index]?.dollars ?? 0))]);
  const labels = profiles.map(({ counts }) => LABELS[counts.vendor]);
  return table(['What would change it, and by how much', ...labels], rows);
}

const seconds = (ms: number) => `${figure(ms / 1_000, 1)} s`;

function scaleTable(result: ScaleResult): string {
  const { lagsMs, roundsMs, minutesMs, feeds, connections, shards } = result;
  const spread = (values: readonly number[], shares: readonly number[]) =>
    shares.map((share) => seconds(quantile(values, share))).join(' / ');
  const rows = [
    ['Feeds / connections / shards', `${count(feeds)} / ${count(connections)} / ${count(shards)}`],
    ['Invocations a minute: tick, sweep, poll, deliver', `1, 1, ${count(shards)}, ${count(result.recorded)}`],
    ['Containers of `poll`', count(result.containers)],
    ['Calls to vendors a minute', count(result.calls + result.listings)],
    ['Replies recorded a minute', count(result.recorded)],
    ['Lag p50 / p99 / most', spread(lagsMs, [0.5, 0.99, 1])],
    ['One round p50 / p99 / longest', spread(roundsMs, [0.5, 0.99, 1])],
    ['From the minute to the end of all rounds p50 / most', spread(minutesMs, [0.5, 1])],
    ['Parameter store calls a second, on average (AWS allows 40 unless asked)', count(result.parameterCalls / 60)],
  ];
  return table(['', 'Figure'], rows);
}

export function scaleSection(result: ScaleResult, lines: readonly CostLine[]): string {
  return `### 100,000 feeds every minute, in virtual time

50,000 campaigns in 1,000 Cohesive connections and 50,000 ColdSend workspaces, placed in shards by \`lambdas/runtime/shards.ts\`;
${result.minutes} minutes of tick, queue, containers, rounds with the real limits of concurrent work, vendor latency, and ColdSend's budgets as
\`shared/http/quota.ts\` keeps them. Lag runs from the moment a reply can be seen at the vendor until its event is recorded.
${ASSUMED.repliesAFeedADay} replies a feed a day, and each minute ${ASSUMED.burstsAMinute} feed that gets ${ASSUMED.burstReplies} at once (these make the p99).

${scaleTable(result)}

${table(
  ['A month at list price', 'Used', '$'],
  [
    ...lines.map((line) => [line.what, amount(line), dollars(line.dollars)]),
    ['**Sum**', '', dollars(total(lines))],
    ['**Sum without data transfer**', '', dollars(totalWithoutTransfer(lines))],
  ],
)}`;
}

export function assumptionsSection(): string {
  return `### What the sums assume

- Prices of us-east-1 in \`test/verify/bench/prices.ts\`, no allowance and no free tier; a month of 730 hours. Nothing was run on AWS.
- Functions of ${ASSUMED.memoryMb} MB on arm64, one processor at ${count(ASSUMED.processorMb)} MB, taken to be as fast as one of this machine's. Starts of containers are not counted.
- A vendor answers in ${ASSUMED.latencyMedianMs} ms (median, log-normal, sigma ${ASSUMED.latencySigma}); with 100,000 feeds one call in ${count(ASSUMED.stallOneIn)} times out after ${ASSUMED.stallMs / 1_000} s.
- A page of the sandbox: 20 rows for Cohesive, 60 for ColdSend (at most 100 would fit).
- The queue's readers begin with ${ASSUMED.readersFirst} each minute and grow by ${ASSUMED.readersMoreAMinute} a minute (AWS, Lambda with SQS); which container gets which shard is chance.
- Data transfer counts the request, one TLS record, and ${ASSUMED.packetBytes} bytes of TCP/IP for it and for each acknowledgement of two full
  segments of the answer, and ${ASSUMED.handshakeBytes} bytes to open a connection. Answers coming in cost nothing.
- API keys lie ${ASSUMED.keysAParameter} to a parameter. \`lambdas/services/secrets.ts\` asks every ${FRESH_MS / 60_000} minutes which have changed, which costs nothing, and
  decrypts one once in a container's life, taken to be ${ASSUMED.containerLifeMinutes / 60} hours; with 100,000 feeds, which shards a container meets is chance.
- 1,000 idle feeds: the vendor's answers are the same text from poll to poll. 100,000 feeds: each answer is parsed.
- ${ASSUMED.deliverMs} ms of waiting for each delivery, one event an invocation.
- The rest, such as how long the database takes, is in \`test/verify/bench/assumptions.ts\`.`;
}
