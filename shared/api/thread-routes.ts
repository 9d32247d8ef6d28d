import { ReadBody, StarBody, ThreadsParameters } from './bodies.ts';
import { listThreads, readThread } from './inbox.ts';
import { markRead, star } from './marks.ts';
import { present } from './parse.ts';
import { VENDOR_PROBLEMS } from './problem.ts';
import { type Route, route } from './route.ts';
import { ConversationView, ThreadList, ThreadView } from './shapes.ts';

const flag = (text: 'true' | 'false' | undefined) => (text === undefined ? undefined : text === 'true');

export const THREAD_ROUTES: readonly Route[] = [
  route(
    'GET',
    '/v1/threads',
    {
      operation: 'listThreads',
      summary: 'The unified inbox: one live page of each connection, newest first',
      description:
        'A page may be empty before the end, where most rows are filtered out here; go on with its cursor, and the same filters.',
      scope: 'read',
      query: ThreadsParameters,
      answer: ThreadList,
      problems: VENDOR_PROBLEMS,
    },
    async ({ deps, query: { interested, starred, unread, sent, ...words } }) => {
      const flags = { interested: flag(interested), starred: flag(starred), unread: flag(unread), sent: flag(sent) };
      return await listThreads(deps, present({ ...words, ...flags }));
    },
  ),
  route(
    'GET',
    '/v1/threads/{connection}/{thread}',
    {
      operation: 'readThread',
      summary: 'One thread with its messages',
      scope: 'read',
      answer: ConversationView,
      problems: VENDOR_PROBLEMS,
    },
    async ({ deps, names }) => await readThread(deps, names.connection, names.thread),
  ),
  route(
    'PUT',
    '/v1/threads/{connection}/{thread}/star',
    {
      operation: 'starThread',
      summary: 'Set or take off a star',
      description: 'At the vendor, or kept by Replybus where the vendor has no stars. Safe to repeat.',
      scope: 'act',
      body: StarBody,
      answer: ThreadView,
      problems: VENDOR_PROBLEMS,
    },
    async ({ deps, names, body }) => await star(deps, names.connection, names.thread, body.starred),
  ),
  route(
    'PUT',
    '/v1/threads/{connection}/{thread}/read',
    {
      operation: 'markThreadRead',
      summary: 'Mark a thread read or unread',
      description:
        'A vendor that has no such mark, or takes the request and changes nothing, ends in 501. Safe to repeat.',
      scope: 'act',
      body: ReadBody,
      answer: ThreadView,
      problems: VENDOR_PROBLEMS,
    },
    async ({ deps, names, body }) => await markRead(deps, names.connection, names.thread, body.read),
  ),
];
