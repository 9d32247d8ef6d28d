import type { CheckView } from '../../api/shapes.ts';
import { ProviderError } from '../../failure.ts';

export const ok = (subject: string, detail: string): CheckView => ({ subject, state: 'ok', detail });
export const warning = (subject: string, detail: string): CheckView => ({ subject, state: 'warning', detail });
export const broken = (subject: string, detail: string): CheckView => ({ subject, state: 'broken', detail });

/** What a check found; a vendor's failure is a finding, and its sentence says what to fix. */
export async function found(subject: string, check: () => Promise<CheckView>): Promise<CheckView> {
  try {
    return await check();
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return error.failure.kind === 'throttled' ? warning(subject, error.message) : broken(subject, error.message);
  }
}

export const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

/** "90 s", "12 min", "3 h": how long, for a person. */
export function spanText(ms: number): string {
  if (ms < 120_000) return `${Math.round(ms / 1_000)} s`;
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`;
}
