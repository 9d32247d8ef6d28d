import { expect, it } from 'vitest';
import { threadName } from '../../zapier/triggers/choices.ts';

const face = { lead: { email: 'ada@customer.example' }, campaign: { name: 'Spring' } };

it('names a thread by its day, and says where that is unknown', () => {
  expect(threadName({ ...face, lastActivityAt: Date.UTC(2026, 0, 5) })).toBe(
    'ada@customer.example · Spring · 2026-01-05',
  );
  expect(threadName({ ...face, lastActivityAt: 0 })).toBe('ada@customer.example · Spring · time unknown');
});
