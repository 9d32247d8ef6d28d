import type { ApiDeps } from './deps.ts';
import { ApiProblem } from './problem.ts';
import type { Caller } from './scopes.ts';

/** A whole copy of the database, taken while it is in use. */
export async function backUp(
  deps: Pick<ApiDeps, 'backUp'>,
  { by }: Pick<Caller, 'by'>,
  file: string,
): Promise<{ readonly file: string; readonly bytes: number }> {
  if (!deps.backUp) {
    throw new ApiProblem(
      'unsupported',
      'A deployment has no file to copy; its table is kept by point-in-time recovery.',
    );
  }
  if (by !== 'cli') {
    throw new ApiProblem('not-allowed', 'A backup is written by "replybus backup" on the machine itself alone.');
  }
  return { file, bytes: await deps.backUp(file) };
}
