import { parseArgs } from 'node:util';
import { seededRandom } from '../../../sandbox/seeded.ts';
import type { Vendor } from '../../../sandbox/switches.ts';
import { measureBackfill, startFlags, THREADS } from './backfill-memory.ts';
import { CAMPAIGN_TABLE } from './campaigns.ts';
import { compareRound, type IdleRounds } from './cloud-round.ts';
import { assumptionsSection, idleCostSection, scaleSection } from './cost-sections.ts';
import { startDatabase } from './database-process.ts';
import { compareEventPath } from './event-path.ts';
import { firstReplySection } from './first-reply.ts';
import { idleLines, type Profile } from './idle-cost.ts';
import { compareIdlePoll } from './idle-poll.ts';
import { INBOXES } from './inboxes.ts';
import { machine } from './measure.ts';
import { countFeed } from './profile.ts';
import { readingSection } from './reading-mail.ts';
import { writeSection } from './report.ts';
import { simulateScale } from './scale.ts';
import { scaleLines } from './scale-cost.ts';
import { backfillSection, countsSection, eventPathSection, idlePollSection, roundSection } from './sections.ts';
import { tableCommand } from './table-command.ts';
import { startVendor } from './vendor-process.ts';
import { comparePerforms } from './zapier-perform.ts';
import { zapierSection } from './zapier-section.ts';

const SHARD_FEEDS = 1_000;
const CALLS_A_POLL = 2;

const { values } = parseArgs({
  options: {
    write: { type: 'boolean', default: false },
    threads: { type: 'string', default: String(THREADS) },
    feeds: { type: 'string', default: '100000' },
    minutes: { type: 'string', default: '30' },
    /** Also the tables that have commands of their own, as they take minutes each. */
    long: { type: 'boolean', default: false },
  },
});

type ByVendor<Value> = Readonly<Record<Vendor, Value>>;
const inTurn = async <Value>(of: (vendor: Vendor) => Promise<Value>): Promise<ByVendor<Value>> => ({
  cohesive: await of('cohesive'),
  coldsend: await of('coldsend'),
});

const written: string[] = [];
function print(section: string): void {
  written.push(section);
  console.log(`${section}\n`);
}

async function measurePolling(): Promise<ByVendor<IdleRounds>> {
  const vendors = await startVendor();
  const database = await startDatabase();
  try {
    print(idlePollSection(await inTurn((vendor) => compareIdlePoll(vendor, vendors))));
    const shards = { cohesive: 0, coldsend: 1 };
    return await inTurn((vendor) => compareRound(vendor, vendors, database, shards[vendor]));
  } finally {
    vendors.stop();
    database.stop();
  }
}

async function printCosts(rounds: ByVendor<IdleRounds>): Promise<void> {
  const counts = await inTurn((vendor) => countFeed(vendor));
  print(countsSection(counts));
  const profileOf = (vendor: Vendor): Profile => ({
    counts: counts[vendor],
    cpuMsPerCall: {
      same: rounds[vendor].same.subject.cpuMs / SHARD_FEEDS / CALLS_A_POLL,
      changed: rounds[vendor].changed.subject.cpuMs / SHARD_FEEDS / CALLS_A_POLL,
    },
  });
  const [campaigns, workspaces] = [profileOf('cohesive'), profileOf('coldsend')];
  const idle = { cohesive: idleLines(campaigns, seededRandom(1)), coldsend: idleLines(workspaces, seededRandom(1)) };
  print(idleCostSection(idle, [campaigns, workspaces], seededRandom(1)));
  const size = { feeds: Number(values.feeds), minutes: Number(values.minutes) };
  const result = await simulateScale({ ...size, campaigns, workspaces, random: seededRandom(1) });
  print(scaleSection(result, scaleLines(result, campaigns, workspaces)));
  print(assumptionsSection());
}

print(
  `\`npm run bench\` on ${machine()}, ${new Date().toISOString().slice(0, 10)}. Read times as ratios: both sides of each ran in turn on the same machine.`,
);
const rounds = await measurePolling();
print(roundSection(rounds));
print(eventPathSection(await compareEventPath()));
print(await readingSection());
print(await firstReplySection());
const started = await measureBackfill(Number(values.threads), startFlags());
print(backfillSection(started, await measureBackfill(Number(values.threads), [])));
print(zapierSection([...(await comparePerforms('idle')), ...(await comparePerforms('busy'))]));
await printCosts(rounds);
if (values.write) writeSection('Polling, events and cost', written.join('\n\n'));
if (values.long) {
  const args = values.write ? ['--write'] : [];
  await tableCommand(INBOXES, args);
  await tableCommand(CAMPAIGN_TABLE, args);
}
