import { describe, expect, it } from 'vitest';
import { createPoller } from '../../shared/polling/poller.ts';
import { RULES } from './rules.ts';

describe('the rules of polling', () => {
  for (const [name, rule] of Object.entries(RULES)) {
    it(name, async () => {
      await expect(rule({ createPoller })).resolves.toBeUndefined();
    });
  }
});
