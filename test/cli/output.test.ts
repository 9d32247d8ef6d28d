import { expect, it } from 'vitest';
import { localTime } from '../../cli/output.ts';

it('says that a time is unknown in place of the day that clocks begin with', () => {
  expect(localTime('1970-01-01T00:00:00.000Z', Date.UTC(2026, 0, 5))).toBe('time unknown');
});
