import { expect, it } from 'vitest';
import { newInterested } from '../../../zapier/triggers/new-interested-reply.ts';
import { newReplies } from '../../../zapier/triggers/new-reply.ts';
import { Sum } from './report.ts';
import { simulateZaps } from './simulate.ts';

/**
 * Three Zaps on one hostile inbox each. Split over files so that two cores share the work; cheap seeds, since they run with
 * every test. Many more: `npm run zapier:simulate -- --from 1 --seeds 200`.
 */
export function runSeeds(from: number, count: number): void {
  it(`loses nothing, fires nothing twice and nothing old on seeds ${from} to ${from + count - 1}`, async () => {
    const sum = new Sum();
    const failed: string[] = [];
    for (let seed = from; seed < from + count; seed += 1) {
      failed.push(sum.add(await simulateZaps(seed, { newReplies, newInterested })));
    }
    expect(failed.filter(Boolean).join('\n')).toBe('');
    expect(sum.of('repliesDue'), 'the histories must hold something to lose').toBeGreaterThan(count * 50);
    expect(sum.of('interestedDue')).toBeGreaterThan(count * 5);
  }, 120_000);
}
