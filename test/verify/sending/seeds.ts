import { expect, it } from 'vitest';
import { acceptSend } from '../../../shared/sending/accept.ts';
import { decideSend } from '../../../shared/sending/decide.ts';
import { runSend } from '../../../shared/sending/run.ts';
import { SENDS_PER_SEED, type SendSimulation, simulateSends } from './simulate.ts';

function report({ seed, vendor, findings }: SendSimulation): string {
  const replay = `replay: npm run simulate:sends -- --from ${seed} --seeds 1`;
  return [`seed ${seed} (${vendor}) failed; ${replay}`, ...findings.slice(0, 3)].join('\n');
}

/** Split over files so that two cores share the work. */
export function runSendSeeds(from: number, count: number): void {
  it(`sends none twice, loses none and lies about none on seeds ${from} to ${from + count - 1}`, async () => {
    const failed: string[] = [];
    let mails = 0;
    let uncertain = 0;
    for (let seed = from; seed < from + count; seed += 1) {
      const result = await simulateSends(seed, SENDS_PER_SEED, { acceptSend, runSend, decideSend });
      mails += result.mails;
      uncertain += result.uncertain;
      if (result.findings.length > 0) failed.push(report(result));
    }
    expect(failed.join('\n')).toBe('');
    expect(mails, 'most mails must get through').toBeGreaterThan(count * SENDS_PER_SEED * 0.7);
    expect(uncertain, 'many outcomes must be unknown').toBeGreaterThan(count * SENDS_PER_SEED * 0.1);
  }, 300_000);
}
