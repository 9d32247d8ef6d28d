import { describe, expect, it } from 'vitest';
import { InterestedScanClocks } from '../../../shared/polling/state/interested-scan-clocks.ts';
import { memoryStore } from '../../../shared/store/memory.ts';
import { plainOf } from '../../store/plain.ts';

const MINUTE = 60_000;
const INTERVAL = 30 * MINUTE;
const NOW = Date.UTC(2026, 0, 5);
const FEEDS = Array.from({ length: 1_000 }, (_, index) => `connection/${index}`);

const clocksOn = (store = memoryStore()) => new InterestedScanClocks(store, 'TAILS#0');

/** A round a minute in which each feed that is due is read and noted. */
async function readWhatIsDue(clocks: InterestedScanClocks, now: number): Promise<number> {
  await clocks.refresh();
  const due = FEEDS.filter((feed) => clocks.isDue(feed, INTERVAL, now));
  for (const feed of due) clocks.note(feed, now);
  await clocks.save();
  return due.length;
}

describe('clocks of the interested scans', () => {
  it('make each feed due once in an interval, and few of them in any minute', async () => {
    const clocks = clocksOn();
    for (let minute = 0; minute < 30; minute += 1) await readWhatIsDue(clocks, NOW + minute * MINUTE);
    const perMinute: number[] = [];
    for (let minute = 30; minute < 60; minute += 1) perMinute.push(await readWhatIsDue(clocks, NOW + minute * MINUTE));
    expect(perMinute.reduce((sum, count) => sum + count, 0)).toBe(FEEDS.length);
    expect(Math.max(...perMinute)).toBeLessThan(60);
  });

  it('cost one write a minute for a thousand feeds, of less than one unit', async () => {
    const store = memoryStore();
    const clocks = clocksOn(store);
    for (let minute = 0; minute < 60; minute += 1) await readWhatIsDue(clocks, NOW + minute * MINUTE);
    const before = new Map((await store.list('TAILS#0')).map(({ key, version }) => [key, version]));
    for (let minute = 60; minute < 90; minute += 1) await readWhatIsDue(clocks, NOW + minute * MINUTE);
    const after = await store.list('TAILS#0');
    const writes = after.reduce((sum, { key, version }) => sum + version - (before.get(key) ?? 0), 0);
    expect(writes).toBe(30);
    expect(Math.max(...after.map(({ value }) => JSON.stringify(value).length))).toBeLessThan(1_100);
  });

  it('keep what two processes noted at the same time', async () => {
    const store = memoryStore();
    const [one, other] = [clocksOn(store), clocksOn(store)];
    await Promise.all([one.refresh(), other.refresh()]);
    for (const [index, feed] of FEEDS.entries()) (index % 2 ? one : other).note(feed, NOW);
    await one.save();
    await other.save();
    const later = clocksOn(store);
    await later.refresh();
    expect(FEEDS.filter((feed) => later.isDue(feed, INTERVAL, NOW))).toEqual([]);
  });

  it('ask again for what was noted and never written', async () => {
    const store = memoryStore();
    clocksOn(store).note('connection/1', NOW);
    const later = clocksOn(store);
    await later.refresh();
    expect(later.isDue('connection/1', INTERVAL, NOW)).toBe(true);
  });

  it('do not believe a reading in the future', () => {
    const clocks = clocksOn();
    clocks.note('connection/1', NOW + 365 * 24 * 60 * MINUTE);
    expect(clocks.isDue('connection/1', INTERVAL, NOW)).toBe(true);
  });

  it('forget feeds that are polled no more', async () => {
    const store = memoryStore();
    const clocks = clocksOn(store);
    await readWhatIsDue(clocks, NOW);
    await readWhatIsDue(clocks, NOW + 8 * 24 * 60 * MINUTE);
    const stored = await store.list('TAILS#0');
    expect(stored.reduce((sum, { value }) => sum + Object.keys(plainOf({ value })).length, 0)).toBe(FEEDS.length);
    clocks.note('connection/1', NOW + 16 * 24 * 60 * MINUTE);
    await clocks.save();
    const chunk = (await store.list('TAILS#0')).find(({ version }) => version === 3);
    expect(Object.keys(chunk?.value ?? {})).toHaveLength(1);
  });
});
