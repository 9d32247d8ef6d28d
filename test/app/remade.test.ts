import { describe, expect, it } from 'vitest';
import { Remade } from '../../shared/app/remade.ts';

describe('a value that is made anew when its parts change', () => {
  function made() {
    let count = 0;
    const values = new Remade<number>();
    return (name: string, ...parts: unknown[]) =>
      values.get(name, parts, () => {
        count += 1;
        return count;
      });
  }

  it('is the same while they are, each under its own name', () => {
    const get = made();
    expect([get('a', 1, undefined), get('b', 1, undefined), get('a', 1, undefined)]).toEqual([1, 2, 1]);
  });

  it('is another one after any of them changed, and the old one is forgotten', () => {
    const get = made();
    expect([get('a', 1, 2), get('a', 1, 3), get('a', 1, 2)]).toEqual([1, 2, 3]);
  });

  it('tells objects apart by being others', () => {
    const get = made();
    const part = {};
    expect([get('a', part), get('a', part), get('a', {})]).toEqual([1, 1, 2]);
  });
});
