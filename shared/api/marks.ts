import { setRead } from '../acting/read-marks.ts';
import { starrerFor } from '../acting/stars.ts';
import type { ApiDeps } from './deps.ts';
import { connectionNamed, withItsStar } from './inbox.ts';
import { ApiProblem } from './problem.ts';
import type { ThreadView } from './shapes.ts';
import { threadView } from './views.ts';

/** The thread with its star set or taken off. */
export async function star(deps: ApiDeps, id: string, threadId: string, starred: boolean): Promise<ThreadView> {
  const { connection } = connectionNamed(deps, id);
  // A star of ours is kept only for a thread that exists.
  const before = connection.stars ? undefined : await connection.threads.read(threadId);
  const seen = await starrerFor(deps, id, connection).setStarred(threadId, starred);
  const { thread } = before ?? (await connection.threads.read(threadId));
  // The vendor may show the old state for a while; this is what was seen last.
  return threadView(id, { ...thread, starred: seen });
}

/** The thread, marked read or unread. */
export async function markRead(deps: ApiDeps, id: string, threadId: string, read: boolean): Promise<ThreadView> {
  const opened = connectionNamed(deps, id);
  const { connection } = opened;
  if (!connection.readMarks) {
    const detail = `${connection.provider.label} has no read marks that we could set, so nothing was changed; open the thread there.`;
    throw new ApiProblem('unsupported', detail);
  }
  const seen = await setRead(connection, threadId, read);
  const { thread } = await connection.threads.read(threadId);
  return threadView(id, { ...(await withItsStar(deps, opened, thread)), read: seen });
}
