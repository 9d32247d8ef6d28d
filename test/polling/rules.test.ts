import { describe, expect, it } from 'vitest';
import { createPoller } from '../../shared/polling/poller.ts';
import { RULES } from './rules.ts';

describe('the rules of polling', () => {
  for (const [name, { check, vendors }] of Object.entries(RULES)) {
    it.each(vendors)(`${name} (%s)`, async (vendor) => {
      await expect(check({ createPoller }, vendor)).resolves.toBeUndefined();
    });
  }
});
