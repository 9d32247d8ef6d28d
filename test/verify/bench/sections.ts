import { type BackfillMemory, startFlags } from './backfill-memory.ts';
import type { IdleRounds } from './cloud-round.ts';
import type { EventPath } from './event-path.ts';
import { LATENCY_MS } from './idle-poll.ts';
import type { Compared, Spread } from './measure.ts';
import type { Counts } from './profile.ts';
import { count, figure, met, table } from './report.ts';

export const LABELS = { cohesive: 'Cohesive', coldsend: 'ColdSend' } as const;
type Vendor = keyof typeof LABELS;
type ByVendor<Value> = Readonly<Record<Vendor, Value>>;

export const VENDORS = ['cohesive', 'coldsend'] as const;

const ratio = ({ median, low, high }: Spread) => `${figure(median)}× (${figure(low)}–${figure(high)})`;

const WALL_MAX = 1.15;
const PATH_MIN = 4;
const GROWTH_MAX_MB = 64;
/** Interest watermarks and seen threads. */
const QUERIES_OF_STATE = 2;

export function idlePollSection(results: ByVendor<Compared>): string {
  const rows = VENDORS.map((vendor) => {
    const { wall, cpu, subject, baseline } = results[vendor];
    return [
      LABELS[vendor],
      ratio(wall),
      met(wall.median <= WALL_MAX),
      ratio(cpu),
      `${figure(subject.cpuMs / 10)} / ${figure(baseline.cpuMs / 10)}`,
    ];
  });
  return `### Idle poll against a bare loop of the same calls

Real sockets, the sandbox in a process of its own with ${LATENCY_MS} ms latency, two calls one after another; 21 interleaved
repetitions of 10 polls. The bare loop is \`node:http\` with a kept connection that reads the text and does nothing with it.
Ratios are medians, with quartiles. Target: wall time at most ${WALL_MAX}×.

${table(['', 'Wall time', 'Target', 'CPU', 'CPU ms a poll, ours / bare'], rows)}`;
}

export function roundSection(results: ByVendor<IdleRounds>): string {
  const figures = ({ cpu, subject, baseline }: Compared) => [
    ratio(cpu),
    `${count(subject.cpuMs)} / ${count(baseline.cpuMs)}`,
  ];
  const rows = VENDORS.map((vendor) => {
    const { same, changed } = results[vendor];
    return [LABELS[vendor], ...figures(same), ...figures(changed)];
  });
  return `### CPU of one idle round over 1,000 feeds

The round of a deployed function, \`pollShard\`: over TLS, opening its connections anew, with a Query over 1,000 checkpoints
and one over the clocks of their interested scans through the SDK. Against it the same 2,000 calls with as many at once, also over
TLS, and nothing else. An answer that is the same text as the last one of an idle poll is not parsed; once with such answers, once with each a little different.

${table(['', 'Same answers', 'ms a round, ours / bare', 'Changed answers', 'ms a round, ours / bare'], rows)}`;
}

export function eventPathSection(path: EventPath): string {
  const { wall, events, putsPerEvent, readsPerEvent, eventsPerSecond, eventsPerSecondBefore } = path;
  const asMany = 1 / wall.median;
  const rows = [
    ['Events a second, against dynalite', `${figure(asMany)}×`],
    [`Target: at least ${PATH_MIN}×`, met(asMany >= PATH_MIN)],
    ['Quartiles', `${figure(1 / wall.high)}–${figure(1 / wall.low)}×`],
    ['Events a second in this run', count(eventsPerSecond)],
    ['On dynalite', count(eventsPerSecondBefore)],
    ['Puts per event', figure(putsPerEvent)],
    ['Reads per event', figure(readsPerEvent)],
  ];
  return `### Poll, store, deliver, each event flushed to disk

${count(events)} replies in new threads are polled (30 a poll, the most one poll opens), composed, recorded and delivered to a sink
that takes everything; on SQLite as the product opens it, and in turn on dynalite, the database of the first version, which flushes nothing.

${table(['', 'Figure'], rows)}

Thirty events take 12 transactions, each with one flush, which takes from 0.2 ms on an idle disk to 6 ms on a busy one: dynalite waits for
none, so the ratio falls with the disk. Profiled on a busy one, half of the time is waiting for flushes; of the rest a third is the text
and HTML of mails, an eighth SQLite itself, a tenth each the vendor's answers, polling and collecting garbage, and a fourteenth the sandbox, which
answers in the same process.`;
}

export function backfillSection(started: BackfillMemory, withoutFlags: BackfillMemory): string {
  const row = (name: string, target: string, { reports, growthMb, lateGrowthMb, cpuSeconds }: BackfillMemory) => {
    const before = reports.find(({ threads }) => threads === 0);
    const last = reports.at(-1);
    return [
      name,
      figure(growthMb, 0),
      target,
      figure(lateGrowthMb, 1),
      `${figure(before?.heapMb ?? 0, 1)} → ${figure(last?.heapMb ?? 0, 1)}`,
      figure(cpuSeconds, 1),
    ];
  };
  const { threads, events } = started.reports.at(-1) ?? { threads: 0, events: 0 };
  const head = ['', 'RSS growth, MB', 'Target', 'of it in the second half', 'Live heap, MB', 'CPU, s'];
  return `### Memory of a backfill

${count(threads)} threads, ${count(events)} events composed and recorded, in a fresh process; the vendor's list is made up page by page and the
events are let go as if the database were elsewhere. Looked at ten times, each after a collection. Target: at most ${GROWTH_MAX_MB} MB, flat.

${table(head, [
  row('As `npm start` and `replybus` start it', met(started.growthMb <= GROWTH_MAX_MB), started),
  row('Node without flags', '', withoutFlags),
])}

The live heap stays as it is; what grows is the room that V8 keeps for garbage. \`npm start\` and \`replybus\` run Node with
\`${startFlags().join(' ')}\`: the young generation then takes 16 MB, which V8 else makes 128 MB, and below 2 GB V8
lets the old one double before it collects it, else quadruple. Three quarters of what reaches the old one comes from making HTML safe:
\`sanitize-html\` leaves about 10 KB a mail there. On AWS Lambda the machine is as small as its function, and no flag is set.`;
}

export function countsSection(results: ByVendor<Counts>): string {
  const row = (name: string, of: (counts: Counts) => string) => [name, ...VENDORS.map((vendor) => of(results[vendor]))];
  const per = (value: number, polls: number) => figure(value / polls, 4);
  const rows = [
    row('Idle: calls a poll', ({ idle }) => figure(idle.calls / idle.polls)),
    row('Idle: calls a poll for the list of campaigns, shared by a connection', ({ idle }) =>
      figure(idle.listings / idle.polls),
    ),
    row('Idle: checkpoint, bytes', ({ checkpointBytes }) => count(checkpointBytes)),
    row('Idle: read units of one Query over 1,000 checkpoints', ({ shardUnits }) => count(shardUnits)),
    row('Idle: its share, read units a poll', ({ shardUnits }) => figure(shardUnits / 1_000, 4)),
    row(
      'Idle: clocks of the interested scans of 1,000 feeds, read / write units a round',
      ({ scanClocks }) => `${figure(scanClocks.readUnits)} / ${figure(scanClocks.writeUnits)}`,
    ),
    row('Idle: further read units a poll', ({ idle }) => per(idle.readUnits, idle.polls)),
    row('Idle: polls a day that load the state', ({ idle }) => count(idle.queries / QUERIES_OF_STATE)),
    row('Idle: polls a day that write the checkpoint', ({ idle }) => `${idle.writing} of ${count(idle.polls)}`),
    row('Idle: write units a poll', ({ idle }) => per(idle.writeUnits, idle.polls)),
    row('New thread: calls beyond the two lists', ({ newThread }) => count(newThread.calls - 2)),
    row('New thread: read / write units', ({ newThread }) => `${newThread.readUnits} / ${newThread.writeUnits}`),
    row('Known thread: calls beyond the two lists', ({ knownThread }) => count(knownThread.calls - 2)),
    row(
      'Known thread: read / write units',
      ({ knownThread }) => `${knownThread.readUnits} / ${knownThread.writeUnits}`,
    ),
    row('Delivery to one sink: read / write units', ({ delivery }) => `${delivery.readUnits} / ${delivery.writeUnits}`),
  ];
  return `### Calls and units

Counted on the real poller over a day of polls every minute: one feed of 60 threads, 25 of them interested, 20 replies recorded
since it was switched on. Units by DynamoDB's rules from the items' sizes, both indexes included.

${table(['', ...VENDORS.map((vendor) => LABELS[vendor])], rows)}`;
}
