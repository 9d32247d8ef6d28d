import { UserError } from '../shared/failure.ts';
import { pathPart } from './path-part.ts';

/** Where the API has the thread named CONNECTION/THREAD. */
export function threadPath(id: string): string {
  const slash = id.indexOf('/');
  if (slash < 1 || slash === id.length - 1) {
    throw new UserError(`A thread is named CONNECTION/THREAD, as "replybus threads" prints it, and "${id}" is not.`);
  }
  return `/v1/threads/${pathPart(id.slice(0, slash))}/${pathPart(id.slice(slash + 1))}`;
}

export const connectionOf = (id: string): string => id.slice(0, id.indexOf('/'));
