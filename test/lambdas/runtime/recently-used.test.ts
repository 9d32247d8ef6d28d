import { describe, expect, it } from 'vitest';
import { RecentlyUsed } from '../../../lambdas/runtime/recently-used.ts';

function counted(most: number) {
  const made: string[] = [];
  const kept = new RecentlyUsed<string, object>(most, (key) => {
    made.push(key);
    return { key };
  });
  return { kept, made };
}

describe('what is kept for those who ask again', () => {
  it('is made once', () => {
    const { kept, made } = counted(2);
    expect(kept.get('a')).toBe(kept.get('a'));
    expect(made).toEqual(['a']);
  });

  it('lets go of the one not asked for the longest', () => {
    const { kept, made } = counted(2);
    for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) kept.get(key);
    expect(made).toEqual(['a', 'b', 'c', 'b']);
  });
});
