import { setRead } from '../acting/read-marks.ts';
import { keptStars, starrerFor, withKeptStar } from '../acting/stars.ts';
import type { Thread } from '../model.ts';
import type { ApiConnection, ApiDeps } from './deps.ts';
import { connectionNamed } from './inbox.ts';
import { ApiProblem } from './problem.ts';
import type { ThreadView } from './shapes.ts';
import { threadView } from './views.ts';

async function threadOf(deps: ApiDeps, { id, connection }: ApiConnection, threadId: string): Promise<Thread> {
  const { thread } = await connection.threads.read(threadId);
  return connection.stars ? thread : withKeptStar(thread, await keptStars(deps.store, id));
}

/** The thread with its star set or taken off. */
export async function star(deps: ApiDeps, id: string, threadId: string, starred: boolean): Promise<ThreadView> {
  const opened = connectionNamed(deps, id);
  // A star of ours is kept only for a thread that exists.
  if (!opened.connection.stars) await opened.connection.threads.read(threadId);
  const seen = await starrerFor(deps, id, opened.connection).setStarred(threadId, starred);
  // The vendor may show the old state for a while; this is what was seen last.
  return threadView(id, { ...(await threadOf(deps, opened, threadId)), starred: seen });
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
  return threadView(id, { ...(await threadOf(deps, opened, threadId)), read: seen });
}
