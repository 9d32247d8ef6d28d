import { pick, seededRandom } from '../../../sandbox/seeded.ts';
import type { Failing, Switches, Vendor } from '../../../sandbox/switches.ts';
import type { Random } from '../../../shared/ports.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Switches that hold for a while; times from the start of the run. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly switches: Partial<Switches>;
}

/** One of the campaigns that fails for ever. */
export interface FailingCampaign {
  /** Counted over the campaigns there are at the start. */
  readonly index: number;
  readonly from: number;
  readonly failing: Failing;
}

/** What the troubles of one world come to. */
export interface Plight {
  /** For the whole run. */
  readonly switches: Partial<Switches>;
  readonly stretches: readonly Stretch[];
  readonly failingCampaigns: readonly FailingCampaign[];
  /** Campaigns at the start beside the usual ones. */
  readonly campaigns: number;
  /** The thread that can never be opened, and how it fails. */
  readonly closedThread?: Failing;
  /** Share of threads with a second row, and of those whose rows have no time. */
  readonly doubledShare: number;
  readonly untimedShare: number;
  /** Rows keep the time of their thread's first message, and the list is sorted by it. */
  readonly rowsStandStill: boolean;
  /** Messages of one conversation at the start. */
  readonly longConversation: number;
  /** Share of inbound messages that come from an address of ours. */
  readonly aliasRate: number;
  /** Share of threads whose lead stands in another campaign already. */
  readonly twinRate: number;
  /** Until then the config names some of the campaigns; from then on all. */
  readonly widenedAt?: number;
  /** The config's backfill, that long before switching on. */
  readonly backfillMs?: number;
  /** Threads at the start beside the usual ones, spread over half a year. */
  readonly oldThreads: number;
  /** As many more stand above all others, and nobody writes in them. */
  readonly standingThreads: number;
  /** How far our own clock is ahead. */
  readonly machineSkewMs: number;
}

const NO_PLIGHT: Plight = {
  switches: {},
  stretches: [],
  failingCampaigns: [],
  campaigns: 0,
  doubledShare: 0,
  untimedShare: 0,
  rowsStandStill: false,
  longConversation: 0,
  aliasRate: 0,
  twinRate: 0,
  oldThreads: 0,
  standingThreads: 0,
  machineSkewMs: 0,
};

export interface Size {
  readonly runMs: number;
  readonly wide: boolean;
}

export interface Trouble {
  readonly name: string;
  /** Where only one vendor can have it. */
  readonly vendor?: Vendor;
  /** Share of the seeds it befalls; 0: only those that ask for it. */
  readonly chance: number;
  /** Share of the seeds of `--wide`, where it is another. */
  readonly wideChance?: number;
  readonly draw: (random: Random, size: Size) => Partial<Plight>;
}

const between = (random: Random, least: number, most: number) => Math.floor(least + random() * (most - least));

/** A while within the run, not at its very start. */
function stretch(random: Random, runMs: number, [least, most]: readonly [number, number], switches: Partial<Switches>) {
  const from = between(random, runMs * 0.1, runMs * 0.8);
  return { stretches: [{ from, to: Math.min(runMs, from + between(random, least, most)), switches }] };
}

const signed = (random: Random, least: number, most: number) =>
  (random() < 0.5 ? -1 : 1) * between(random, least, most);

const INTERESTED_FAILINGS = ['401', '403', '404', '429', '500', '503', 'timeout', 'truncated'] as const;

const CAMPAIGN_FAILINGS = ['403', '404', '429', '500', '503', 'timeout'] as const;

/** Some of so many campaigns, most from the start on. */
function someFailing(random: Random, runMs: number, campaigns: number, most: number): Partial<Plight> {
  const failingCampaigns = Array.from({ length: between(random, 1, most + 1) }, () => ({
    index: between(random, 0, campaigns),
    from: random() < 0.6 ? 0 : between(random, 0, runMs * 0.8),
    failing: pick(random, CAMPAIGN_FAILINGS),
  }));
  return { campaigns, failingCampaigns };
}

const BETWEEN_10_AND_20 = Array.from({ length: 11 }, (_, index) => index + 10);

export const TROUBLES: readonly Trouble[] = [
  {
    name: 'swapped rows',
    chance: 0.15,
    draw: (random) => ({ switches: { swappedRate: 0.002 + random() ** 2 * 0.1 } }),
  },
  {
    name: 'short pages',
    chance: 0.1,
    draw: (random) => ({ switches: { shortPageRate: random() * 0.1 } }),
  },
  { name: 'second rows', chance: 0.1, draw: (random) => ({ doubledShare: random() * 0.4 }) },
  { name: 'untimed threads', chance: 0.1, draw: (random) => ({ untimedShare: random() * 0.2 }) },
  {
    name: 'no Date',
    chance: 0.08,
    draw: () => ({ switches: { dateHeader: false } }),
  },
  {
    name: 'no Date, and our clock off',
    chance: 0.08,
    draw: (random) => ({
      switches: { dateHeader: false },
      machineSkewMs: signed(random, 20 * MINUTE_MS, 90 * MINUTE_MS),
    }),
  },
  {
    name: 'Date off',
    chance: 0.08,
    draw: (random) => ({ switches: { dateSkewMs: signed(random, 10 * MINUTE_MS, 6 * HOUR_MS) } }),
  },
  {
    name: 'Date off for a while',
    chance: 0.1,
    draw: (random, { runMs }) =>
      stretch(random, runMs, [HOUR_MS, 12 * HOUR_MS], { dateSkewMs: signed(random, 10 * MINUTE_MS, 6 * HOUR_MS) }),
  },
  {
    name: 'times with an offset',
    chance: 0.08,
    draw: (random) => ({ switches: { isoTimes: 'offset', isoZoneMinutes: pick(random, [-480, 120, 330]) } }),
  },
  {
    name: 'times without a zone',
    chance: 0.05,
    draw: (random) => ({ switches: { isoTimes: 'zoneless', isoZoneMinutes: pick(random, [-300, 60, 330]) } }),
  },
  {
    name: 'empty lists as nothing',
    chance: 0.15,
    draw: (random) => ({ switches: { emptyLists: pick(random, ['null', 'no-content']) } }),
  },
  {
    name: 'no ids',
    chance: 0.08,
    draw: () => ({ switches: { messageIds: false, signedLinks: true } }),
  },
  {
    name: 'no totals',
    vendor: 'coldsend',
    chance: 0.1,
    draw: () => ({ switches: { coldsendTotals: 'none' } }),
  },
  {
    name: 'totals too high',
    vendor: 'coldsend',
    chance: 0.08,
    draw: () => ({ switches: { coldsendTotals: 'twice' } }),
  },
  {
    name: 'totals of a page',
    vendor: 'coldsend',
    chance: 0.08,
    // A page cut short without a word besides is a whole list, for all that anybody can see.
    draw: () => ({ switches: { coldsendTotals: 'page', coldsendSaysLimit: true } }),
  },
  {
    name: 'another spelling',
    vendor: 'coldsend',
    chance: 0.1,
    draw: (random) => ({
      switches: { coldsendSpellings: ['Interested'], coldsendFilter: pick(random, ['shown', 'any-case']) },
    }),
  },
  {
    name: 'a spelling the filter does not know',
    vendor: 'coldsend',
    chance: 0.05,
    draw: () => ({ switches: { coldsendSpellings: ['Interested'], coldsendFilter: 'documented' } }),
  },
  {
    name: 'two spellings',
    vendor: 'coldsend',
    chance: 0.08,
    draw: (random) => ({
      switches: {
        coldsendSpellings: ['Interested', 'interested'],
        coldsendFilter: pick(random, ['shown', 'documented', 'any-case']),
      },
    }),
  },
  {
    name: 'no campaigns for a while',
    vendor: 'cohesive',
    chance: 0.12,
    draw: (random, { runMs }) => stretch(random, runMs, [20 * MINUTE_MS, 4 * HOUR_MS], { campaignsHidden: true }),
  },
  {
    name: 'nothing works for an hour',
    chance: 0.12,
    draw: (random, { runMs }) =>
      stretch(random, runMs, [30 * MINUTE_MS, 90 * MINUTE_MS], {
        failing: { '/': pick(random, ['500', '503', 'timeout']) },
      }),
  },
  {
    name: 'failing campaigns',
    vendor: 'cohesive',
    chance: 0.12,
    wideChance: 0,
    draw: (random, { runMs }) => someFailing(random, runMs, between(random, 3, 8), 3),
  },
  {
    name: 'hundreds of campaigns',
    vendor: 'cohesive',
    chance: 0,
    wideChance: 1,
    draw: (random, { runMs }) => someFailing(random, runMs, between(random, 150, 400), 12),
  },
  {
    name: 'a thread that never opens',
    chance: 0.12,
    draw: (random) => ({ closedThread: pick(random, ['404', '500', 'truncated']) }),
  },
  {
    name: 'a long conversation',
    chance: 0.06,
    draw: (random) => ({ longConversation: between(random, 500, 3_000) }),
  },
  { name: 'aliases', chance: 0.12, draw: (random) => ({ aliasRate: random() * 0.5 }) },
  {
    name: 'more campaigns in the config',
    chance: 0.1,
    draw: (random, { runMs }) => ({ widenedAt: between(random, runMs * 0.1, runMs * 0.7) }),
  },
  {
    name: 'a backfill',
    chance: 0.08,
    draw: (random) => ({ backfillMs: between(random, 12 * HOUR_MS, 150 * HOUR_MS) }),
  },
  {
    name: 'a large workspace',
    vendor: 'coldsend',
    chance: 0.1,
    wideChance: 1,
    draw: (random, { wide }) => ({
      oldThreads: wide ? between(random, 2_000, 8_000) : between(random, 1_000, 2_000),
      switches: { coldsendRateLimits: true, coldsendPageRows: 100 },
    }),
  },
  {
    name: 'a filter for interested leads that fails',
    chance: 0.12,
    draw: (random, { runMs }) => {
      const how = pick(random, INTERESTED_FAILINGS);
      const failing = { 'isInterested=': how, 'category=': how };
      return stretch(random, runMs, [HOUR_MS, 12 * HOUR_MS], { failing });
    },
  },
  {
    name: 'pages of now more, now fewer rows',
    chance: 0.05,
    draw(random) {
      const pageRowsDrawn = pick(random, [BETWEEN_10_AND_20, [20, 10], [15, 20, 20, 20]]);
      const said = { coldsendSaysLimit: true, coldsendEchoesLimit: random() < 0.7 };
      // Without a true total a short page is the end of most lists.
      return { switches: { pageRowsDrawn, coldsendTotals: 'right', ...said } };
    },
  },
  {
    name: 'empty pages',
    chance: 0.05,
    draw: (random) => ({ switches: { emptyPageRate: random() * 0.02 } }),
  },
  // Of two rows of one thread under one time nobody knows which is newer; and where every clock is off, labels of old threads may be missed.
  {
    name: 'rows that stand still',
    chance: 0.1,
    draw: () => ({ rowsStandStill: true, doubledShare: 0, machineSkewMs: 0, switches: { dateSkewMs: 0 } }),
  },
  // Of a list that is read whole, rows of one moment that are more than a page and always in another order are told hours late.
  {
    name: 'a group that stands on top',
    chance: 0.08,
    draw: (random) => ({ standingThreads: between(random, 15, 70), switches: { shuffleTies: false } }),
  },
  {
    name: 'leads in several campaigns',
    vendor: 'cohesive',
    chance: 0.15,
    draw: (random) => ({ twinRate: 0.3 + random() * 0.5, switches: { cohesiveWholeLead: true } }),
  },
  // Without times, the order that a list is taken to have is all there is to go by, and rows of one moment are not known as such.
  {
    name: 'no row has a time',
    // Beside others, such as short pages, replies may be told hours late: only who asks for it gets it.
    chance: 0,
    draw: () => ({ untimedShare: 1, doubledShare: 0, switches: { listOrder: 'newest', shuffleTies: false } }),
  },
  {
    name: 'pages that fail below the first',
    chance: 0.1,
    draw: (random, { runMs }) =>
      stretch(random, runMs, [20 * MINUTE_MS, 6 * HOUR_MS], { failingBelowRow: between(random, 15, 60) }),
  },
];

export interface World {
  readonly troubles: readonly string[];
  readonly plight: Plight;
}

const both = (one: Plight, other: Partial<Plight>): Plight => ({
  ...one,
  ...other,
  switches: { ...one.switches, ...other.switches },
  stretches: [...one.stretches, ...(other.stretches ?? [])],
});

const SANDBOX_VENDORS: ReadonlySet<string> = new Set<Vendor>(['cohesive', 'coldsend']);

export interface Drawing extends Size {
  readonly seed: number;
  /** A vendor that the sandbox does not play has none of these: it would not know the switches. */
  readonly vendor: string;
  /** Troubles that this world has for certain, and none but those. */
  readonly only?: readonly string[];
}

/** Which troubles a world has; from numbers of their own, so that a trouble that is added changes nothing else of a seed. */
export function drawTroubles({ seed, vendor, only, ...size }: Drawing): World {
  const troubles: string[] = [];
  let plight = NO_PLIGHT;
  for (const [index, trouble] of TROUBLES.entries()) {
    if (!SANDBOX_VENDORS.has(vendor)) break;
    const random = seededRandom(seed * 6_151 + index * 104_729);
    const chance = size.wide ? (trouble.wideChance ?? trouble.chance) : trouble.chance;
    // Thrown in any case, so that a trouble is the same whether chance brings it or it is asked for.
    const dice = random();
    const has = only ? only.includes(trouble.name) : dice < chance;
    if (!has || (trouble.vendor !== undefined && trouble.vendor !== vendor)) continue;
    troubles.push(trouble.name);
    plight = both(plight, trouble.draw(random, size));
  }
  return { troubles, plight };
}
