import type * as z from 'zod/mini';

/** Issues named of one parse; a body that is wrong throughout needs no more. */
const ISSUES_MAX = 5;

function shapeOf(issue: z.core.$ZodIssue): string {
  if ('expected' in issue) return `expected ${issue.expected}`;
  // The words of our own checks; zod's would be the same for all.
  return issue.code === 'custom' ? issue.message : issue.code.replaceAll('_', ' ');
}

/** Where and how a value misses its schema: names and shapes, never values, so it is fit for logs. */
export function issuesOf(error: z.core.$ZodError): string[] {
  return error.issues.slice(0, ISSUES_MAX).map((issue) => {
    // A key that is no plain word may be data (an address used as a key).
    const path = issue.path.map((part) => (/^\w{1,40}$/.test(String(part)) ? String(part) : '?')).join('.');
    return `${path || 'the answer'}: ${shapeOf(issue)}`;
  });
}
