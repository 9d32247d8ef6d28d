import { describe, expect, it } from 'vitest';
import { Lively } from '../../sandbox/lively.ts';
import { seededRandom } from '../../sandbox/seeded.ts';
import { createWorld } from '../../sandbox/world.ts';
import { START } from './fixture.ts';

function demo(seed = 1) {
  let now = START;
  const world = createWorld({ seed, now: () => now });
  const lively = new Lively(world, seededRandom(seed));
  lively.begin();
  const inbound = () => [...world.threads.values()].reduce((sum, thread) => sum + thread.visibleInbound, 0);
  const steps = (count: number) => {
    for (let step = 0; step < count; step += 1) {
      now += lively.pause();
      lively.step();
      world.look();
    }
  };
  return { world, lively, inbound, steps };
}

describe('the lively world', () => {
  it('begins with campaigns of both vendors and about 25 old conversations', () => {
    const { world, lively } = demo();
    expect(new Set([...world.campaigns.values()].map((campaign) => campaign.vendor))).toEqual(
      new Set(['cohesive', 'coldsend']),
    );
    expect(world.threads.size).toBe(25);
    expect([...world.threads.values()].every((thread) => thread.lastActivityAt < START - 3_000_000)).toBe(true);
    lively.begin();
    expect(world.threads.size).toBe(25);
  });

  it('adds one reply a step, every few seconds', () => {
    const { lively, inbound, steps } = demo();
    const before = inbound();
    steps(50);
    expect(inbound()).toBe(before + 50);
    for (let tries = 0; tries < 50; tries += 1) {
      const pause = lively.pause();
      expect(pause).toBeGreaterThanOrEqual(1500);
      expect(pause).toBeLessThan(6000);
    }
  });

  it('labels replies some time after they came, a third of them interested', () => {
    const { world, steps } = demo();
    steps(100);
    const threads = [...world.threads.values()];
    const late = threads.filter(({ labels, visible }) => (labels[0]?.at ?? 0) > (visible.at(-1)?.sentAt ?? 0));
    expect(late.length).toBeGreaterThan(40);
    const interested = threads.filter((thread) => thread.intent === 'interested').length / threads.length;
    expect(interested).toBeGreaterThan(0.2);
    expect(interested).toBeLessThan(0.5);
  });

  it('leaves no placeholder in any text', () => {
    const { world, steps } = demo();
    steps(200);
    for (const thread of world.threads.values()) {
      for (const message of thread.messages) expect(`${message.subject} ${message.text}`).not.toMatch(/[{}]/);
    }
  });

  it('keeps at most 500 conversations, and lets the oldest go', () => {
    const { world, steps } = demo();
    steps(800);
    expect(world.threads.size).toBe(500);
    const oldest = Math.min(...[...world.threads.values()].map((thread) => thread.lastActivityAt));
    expect(oldest).toBeGreaterThan(START);
  });

  it('is the same for the same seed', () => {
    const run = () => {
      const { world, steps } = demo(9);
      steps(20);
      return world.save();
    };
    expect(run()).toEqual(run());
  });
});
