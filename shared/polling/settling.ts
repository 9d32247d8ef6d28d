import type { Instant } from '../model.ts';
import type { RowPage } from '../provider.ts';
import { type FeedContext, settleSpan } from './context.ts';
import type { Union } from './scan.ts';
import type { LedgerRow } from './state.ts';

export const isSettled = (row: LedgerRow, { limits }: Pick<FeedContext, 'limits'>) =>
  row.openedAt === 0 || row.openedAt >= row.at + settleSpan(limits);
export const settlesAt = (row: LedgerRow, { limits }: Pick<FeedContext, 'limits'>) => row.at + settleSpan(limits);

export const hasPending = ({ ledger }: FeedContext) =>
  [...ledger.entries()].some(([, row]) => row.pending && !row.gone);

/** Threads that should have settled but left the list are set aside; they are opened when they come back. */
export function setAside(context: FeedContext, union: Union): void {
  for (const [key, row] of context.ledger.entries()) {
    if (row.gone || union.rows.has(key)) continue;
    if (row.pending || (!isSettled(row, context) && settlesAt(row, context) <= context.now)) {
      context.ledger.set(key, { ...row, gone: 1 });
    }
  }
}

export function oldestOpen(context: FeedContext, floor: Instant): Instant {
  let oldest = floor;
  for (const [, row] of context.ledger.entries()) {
    if (!row.gone && (row.pending || !isSettled(row, context))) oldest = Math.min(oldest, row.at);
  }
  return oldest;
}

export function nextWake(context: FeedContext): Instant | undefined {
  let wake: Instant | undefined;
  for (const [, row] of context.ledger.entries()) {
    if (row.gone || row.pending || isSettled(row, context)) continue;
    wake = Math.min(wake ?? Number.POSITIVE_INFINITY, settlesAt(row, context));
  }
  return wake;
}

const GONE_KEPT_SPANS = 24;

export function prune(context: FeedContext, first: RowPage, floor: Instant): void {
  const onPage = new Set(first.rows.map(({ key }) => key));
  context.ledger.prune((key, row) => {
    if (row.gone) return row.at + GONE_KEPT_SPANS * settleSpan(context.limits) > context.now;
    return onPage.has(key) || row.at >= floor || row.pending !== undefined || !isSettled(row, context);
  });
}
