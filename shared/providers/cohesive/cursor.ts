/** Where a list goes on: the campaign it is in, and how far. */
export interface Position {
  readonly campaignId: string;
  readonly offset: number;
  /** Digest of the last page's threads: a page like it means that `offset` is ignored. */
  readonly last: string;
}

export function cursorOf({ campaignId, offset, last }: Position): string {
  return Buffer.from(JSON.stringify([campaignId, offset, last]), 'utf8').toString('base64url');
}

/** Undefined for anything {@link cursorOf} did not make. */
export function positionOf(cursor: string): Position | undefined {
  if (!/^[\w-]{1,4000}$/.test(cursor)) return undefined;
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (!Array.isArray(parts)) return undefined;
    const [campaignId, offset, last]: readonly unknown[] = parts;
    if (typeof campaignId !== 'string' || typeof last !== 'string' || campaignId === '') return undefined;
    if (typeof offset !== 'number' || !Number.isSafeInteger(offset) || offset < 0) return undefined;
    return { campaignId, offset, last };
  } catch {
    return undefined;
  }
}
