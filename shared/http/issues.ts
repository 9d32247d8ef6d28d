import type * as z from 'zod/mini';

/** Issues named of one parse; a body that is wrong throughout needs no more. */
const ISSUES_MAX = 5;

/** Where and how a value misses its schema: names and shapes, never values, so it is fit for logs. */
export function issuesOf(error: z.core.$ZodError): string[] {
  return error.issues.slice(0, ISSUES_MAX).map((issue) => {
    // A key that is no plain word may be data (an address used as a key).
    const path = issue.path.map((part) => (/^\w{1,40}$/.test(String(part)) ? String(part) : '?')).join('.');
    const expected = 'expected' in issue ? `expected ${issue.expected}` : issue.code.replaceAll('_', ' ');
    return `${path || 'the answer'}: ${expected}`;
  });
}
