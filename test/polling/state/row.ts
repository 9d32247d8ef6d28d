import type { Thread } from '../../../shared/model.ts';

/** A row of a list, of a thread of its own. */
export const row = (index: number, fields: Partial<Thread> = {}): Thread => ({
  id: `thread-${index}`,
  key: `thread-${index}`,
  campaign: null,
  lead: { email: `lead${index}@customer.example` },
  box: 'reply',
  interested: false,
  tags: [],
  preview: `What ${index} wrote.`,
  lastActivityAt: index,
  vendor: {},
  ...fields,
});
