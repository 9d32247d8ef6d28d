import { campaignsName, campaignsSection } from './campaigns-section.ts';
import { AT_ONCE, type CampaignsCase, type CampaignsResult, FAILURES, runCampaigns } from './failing-campaigns.ts';
import { type TableCommand, tableCommand } from './table-command.ts';

const CAMPAIGNS = 100;
const FAILING = [1, 8, 30] as const;
const HOURS = 4;

type Trouble = Pick<CampaignsCase, 'failing' | 'failure' | 'keyRefused'>;
const TROUBLES: readonly Trouble[] = [
  { failing: 0, failure: '404', keyRefused: false },
  ...FAILING.flatMap((failing) => FAILURES.map((failure) => ({ failing, failure, keyRefused: false }))),
  { failing: 0, failure: '404', keyRefused: true },
  { failing: 1, failure: '404', keyRefused: true },
];

const cases = (hours: number): readonly CampaignsCase[] =>
  TROUBLES.flatMap((trouble) =>
    AT_ONCE.map((feedsAtOnce) => ({ campaigns: CAMPAIGNS, ...trouble, feedsAtOnce, hours })),
  );

export const CAMPAIGN_TABLE: TableCommand<CampaignsCase, CampaignsResult> = {
  name: 'bench:campaigns',
  title: 'Failing campaigns',
  about: 'What 100 Cohesive campaigns are told and when, while some of them fail for ever, in virtual time.',
  hours: HOURS,
  cases,
  nameOf: campaignsName,
  run: runCampaigns,
  section: campaignsSection,
};

if (import.meta.main) process.exitCode = await tableCommand(CAMPAIGN_TABLE, process.argv.slice(2));
