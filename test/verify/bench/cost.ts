import { MINUTES_A_MONTH, PRICES } from './prices.ts';

type Paid = keyof typeof PRICES;

const UNITS = {
  lambdaGbSecond: 'GB-s',
  lambdaRequest: 'requests',
  readUnit: 'read units',
  writeUnit: 'write units',
  schedule: 'runs',
  sqsRequest: 'requests',
  logGb: 'GB',
  metric: 'metrics',
  alarm: 'alarms',
  kmsRequest: 'requests',
  transferGb: 'GB',
} as const satisfies Record<Paid, string>;

/** One thing that is paid for, as a month's bill has it. */
export interface CostLine {
  readonly what: string;
  readonly paid: Paid;
  readonly unit: string;
  readonly aMonth: number;
  readonly dollars: number;
}

/** Of what an average minute uses. */
export function costLine(what: string, paid: Paid, aMinute: number): CostLine {
  const aMonth = aMinute * MINUTES_A_MONTH;
  return { what, paid, unit: UNITS[paid], aMonth, dollars: aMonth * PRICES[paid] };
}

export const total = (lines: readonly CostLine[]) => lines.reduce((sum, { dollars }) => sum + dollars, 0);

/** What each account gets for nothing of what it sends out is not there twice, so both sums are shown. */
export const totalWithoutTransfer = (lines: readonly CostLine[]) =>
  total(lines.filter(({ paid }) => paid !== 'transferGb'));

/** What does not grow with the number of feeds. */
export function fixedMonthly(metrics: number, alarms: number): number {
  return metrics * PRICES.metric + alarms * PRICES.alarm;
}
