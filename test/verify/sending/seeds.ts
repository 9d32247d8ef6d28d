import { expect, it } from 'vitest';
import { loadProtocol } from './protocol.ts';
import { SENDS_PER_SEED, type SendSimulation, simulateSends } from './simulate.ts';

function report({ seed, vendor, findings }: SendSimulation): string {
  const replay = `replay: npm run simulate:sends -- --from ${seed} --seeds 1`;
  return [`seed ${seed} (${vendor}) failed; ${replay}`, ...findings.slice(0, 3)].join('\n');
}

/** Split over files so that two cores share the work. Three times as many are played before a change lands. */
export function runSendSeeds(from: number, count: number): void {
  it(`sends none twice, loses none and lies about none on seeds ${from} to ${from + count - 1}`, async () => {
    const failed: string[] = [];
    let mails = 0;
    let uncertain = 0;
    const protocol = await loadProtocol(new URL('../../../shared/sending/', import.meta.url).href);
    for (let seed = from; seed < from + count; seed += 1) {
      const result = await simulateSends(seed, SENDS_PER_SEED, protocol);
      mails += result.mails;
      uncertain += result.uncertain;
      if (result.findings.length > 0) failed.push(report(result));
    }
    expect(failed.join('\n')).toBe('');
    expect(mails, 'half of the mails must get through').toBeGreaterThan(count * SENDS_PER_SEED * 0.5);
    expect(uncertain, 'many outcomes must be unknown').toBeGreaterThan(count * SENDS_PER_SEED * 0.07);
  }, 900_000);
}
