import { type InboxCase, type InboxResult, ORDERS, runInbox } from './big-inbox.ts';
import { inboxName, inboxSection } from './inbox-section.ts';
import { type TableCommand, tableCommand } from './table-command.ts';

const THREADS = [1_000, 10_000, 100_000] as const;
const INTERESTED = [0, 100, 6_500] as const;
const HOURS = 36;
const DRAIN_HOURS = 6;

const cases = (hours: number): readonly InboxCase[] =>
  THREADS.flatMap((threads) =>
    INTERESTED.filter((interested) => interested < threads).flatMap((interested) =>
      ORDERS.map((order) => ({ threads, order, interested, hours, drainHours: DRAIN_HOURS })),
    ),
  );

export const INBOXES: TableCommand<InboxCase, InboxResult> = {
  name: 'bench:inboxes',
  title: 'Big inboxes',
  about: 'How soon replies are told in ColdSend workspaces of up to 100,000 threads, in virtual time.',
  hours: HOURS,
  cases,
  nameOf: inboxName,
  run: runInbox,
  section: inboxSection,
};

if (import.meta.main) process.exitCode = await tableCommand(INBOXES, process.argv.slice(2));
