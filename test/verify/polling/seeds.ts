import { expect, it } from 'vitest';
import { createPoller } from '../../../shared/polling/poller.ts';
import { type SimulationResult, simulate } from './simulate.ts';

interface Seeds {
  readonly seeds: readonly number[];
  readonly days: number;
  /** The one that each seed draws unless given. */
  readonly vendor?: string;
}

function report({ seed, vendor, findings }: SimulationResult, days: number): string {
  const replay = `replay: npm run simulate -- --vendor ${vendor} --from ${seed} --seeds 1 --days ${days}`;
  return [`seed ${seed} (${vendor}) failed; ${replay}`, ...findings.slice(0, 3)].join('\n');
}

/** Some virtual days of one hostile inbox each. Split over files so that two cores share the work. */
export function runSeeds({ seeds, days, vendor }: Seeds): void {
  const of = vendor === undefined ? '' : ` of ${vendor}`;
  it(`loses no reply, records none twice and invents none on ${seeds.length} seeds${of}`, async () => {
    const failed: string[] = [];
    let due = 0;
    for (const seed of seeds) {
      const result = await simulate({ seed, days, createPoller, ...(vendor === undefined ? {} : { vendor }) });
      due += result.repliesDue + result.interestedDue;
      if (result.findings.length > 0) failed.push(report(result, days));
    }
    expect(failed.join('\n')).toBe('');
    expect(due, 'the histories must hold something to lose').toBeGreaterThan(seeds.length * 100);
  }, 300_000);
}
