import { afterAll, describe, expect, it } from 'vitest';
import { composed } from '../bench/mail-event.ts';
import { HOSTILE, ORDINARY } from '../bench/mail-shapes.ts';
import { PIECES, READERS } from './readers.ts';
import { type Growth, growthOf, HELD_MS_MAX, heldMs, isSteep, told } from './stopwatch.ts';

const figures: string[] = [];
afterAll(() => console.log(`10 KB / 100 KB / 1 MB\n${figures.join('\n')}`));

describe('ten times the mail takes about ten times as long', () => {
  it.each([...ORDINARY, ...HOSTILE].map((shape) => [shape.name, shape] as const))(
    '%s',
    async (name, { body }) => {
      const run = (characters: number) => composed(body(characters));
      const growth = await growthOf(run);
      figures.push(told(name, growth));
      expect(await isSteep(growth, run)).toBe(false);
    },
    120_000,
  );
});

describe('what an event can hold is read within a quarter of a second', () => {
  it.each([...ORDINARY, ...HOSTILE].map((shape) => [shape.name, shape] as const))('%s', async (_, { body }) => {
    expect(await heldMs((characters) => composed(body(characters)))).toBeLessThanOrEqual(HELD_MS_MAX);
  });
});

describe('ten times as much of any sign takes about ten times as long', () => {
  it.each(Object.entries(READERS))(
    '%s',
    async (name, read) => {
      const growths: [piece: string, growth: Growth][] = [];
      const steep: string[] = [];
      for (const piece of PIECES) {
        const run = (characters: number) => read(piece.repeat(Math.ceil(characters / piece.length)));
        const growth = await growthOf(run);
        growths.push([piece, growth]);
        if (await isSteep(growth, run)) steep.push(piece);
      }
      const [piece, slowest] = growths.reduce((one, other) => (other[1].largeMs > one[1].largeMs ? other : one));
      figures.push(told(`${name}, of ${JSON.stringify(piece)}`, slowest));
      const slow: string[] = [];
      for (const piece of PIECES) {
        const ms = await heldMs((characters) => read(piece.repeat(Math.ceil(characters / piece.length))));
        if (ms > HELD_MS_MAX) slow.push(piece);
      }
      expect(slow).toEqual([]);
      expect(steep).toEqual([]);
    },
    300_000,
  );
});
