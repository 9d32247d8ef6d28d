import { ASSUMED } from './assumptions.ts';
import { type CampaignsCase, type CampaignsResult, KEY_EPISODES, RETRY_AFTER_S } from './failing-campaigns.ts';
import { toldOfDue } from './inbox-section.ts';
import { count, figure, met, table } from './report.ts';

const INTERVALS_MAX = 2;

export function campaignsName({ failing, failure, keyRefused, feedsAtOnce }: CampaignsCase): string {
  const failed = failing === 0 ? 'none fails' : `${failing} by ${failure}`;
  return `${failed}${keyRefused ? `, key refused ${KEY_EPISODES} times` : ''}, ${feedsAtOnce} at once`;
}

/** Every reply told once; in time, unless the key was refused; and an event for each episode of the key, none for a campaign. */
export function areCampaignsMet(result: CampaignsResult): boolean {
  const { replies, twice, spurious, unauthorized, recovered, keyRefused, intervalMs } = result;
  const episodes = keyRefused ? KEY_EPISODES : 0;
  const isExact = replies.told === replies.due && twice === 0 && spurious === 0;
  const isInTime = keyRefused || replies.p95Ms <= INTERVALS_MAX * intervalMs;
  return isExact && isInTime && unauthorized === episodes && recovered === episodes;
}

const seconds = (ms: number) => (Number.isFinite(ms) ? count(ms / 1_000) : 'never');

function row(result: CampaignsResult): readonly string[] {
  const { intervalMs, pollsLeast, pollsMedian, replies, twice, spurious, unauthorized, recovered } = result;
  return [
    campaignsName(result),
    figure(3_600_000 / intervalMs, 0),
    `${figure(pollsLeast, 1)} / ${figure(pollsMedian, 1)}`,
    toldOfDue(replies),
    count(twice + spurious),
    `${seconds(replies.p50Ms)} / ${seconds(replies.p95Ms)}`,
    `${unauthorized} / ${recovered}`,
    met(areCampaignsMet(result)),
  ];
}

const HEAD = [
  'Failing of the campaigns',
  'Polls an hour by the interval',
  'Polls of a healthy one, least / median',
  'Told / due',
  'Twice, or never due',
  'Told after, s, p50 / p95',
  '`unauthorized` / `recovered`',
  'Target',
] as const;

export function campaignsSection(results: readonly CampaignsResult[]): string {
  const { campaigns = 0, hours = 0 } = results[0] ?? {};
  return `One Cohesive connection of ${count(campaigns)} campaigns for ${count(hours)} virtual hours. An answer takes ${ASSUMED.latencyMedianMs} ms. Those that fail do so from before
the connection is switched on, for ever, the first of the list among them; 429 says to wait ${RETRY_AFTER_S} s, a time-out takes 20 s. 40 replies an
hour arrive in the healthy ones, each held against the events in the store. 4 at once: the loop of \`npm start\`, which begins a round
an interval after the one before. 8 at once: the round a minute of the Lambdas. Target: all told once, p95 within ${INTERVALS_MAX} intervals, and no event of the
connection for what is a campaign's; where the key is refused for 20 minutes, one of each for every time, and no limit on lateness.

${table(HEAD, results.map(row))}`;
}
