import { DecisionBody, ForwardBody, ReplyBody, SendsParameters } from './bodies.ts';
import { present } from './parse.ts';
import { type ProblemKind, VENDOR_PROBLEMS } from './problem.ts';
import { type Route, route } from './route.ts';
import { again, decide, forward, oneSend, reply, sends, undo } from './sends.ts';
import { SendList, SendView } from './shapes.ts';

const ACCEPT_PROBLEMS: readonly ProblemKind[] = [...VENDOR_PROBLEMS, 'not-allowed', 'conflict', 'possible-duplicate'];

const ACCEPTED =
  'Answers as soon as the mail is recorded; follow the send to learn what became of it. Repeated under the same key it names the same send, and nothing goes twice.';

export const SEND_ROUTES: readonly Route[] = [
  route(
    'POST',
    '/v1/threads/{connection}/{thread}/reply',
    {
      operation: 'replyToThread',
      summary: 'Reply to the lead',
      description: `${ACCEPTED} What a vendor takes, and what else a reply does there, is told by /v1/connections.`,
      scope: 'act',
      takesKey: true,
      takesFiles: true,
      status: 202,
      body: ReplyBody,
      examples: {
        text: { summary: 'Words alone', value: { text: 'Happy to talk. Does Tuesday at 10 suit you?' } },
        guarded: {
          summary: 'Only if nobody has written meanwhile, with a file by its address',
          value: {
            html: '<p>Our prices are in the file.</p>',
            ifLatestMessageId: '<message-id@mail.example>',
            attachments: [
              { filename: 'prices.pdf', contentType: 'application/pdf', url: 'https://files.example/prices.pdf' },
            ],
          },
        },
      },
      answer: SendView,
      problems: [...ACCEPT_PROBLEMS, 'conversation-moved'],
    },
    async (call) => await reply(call, call.body),
  ),
  route(
    'POST',
    '/v1/threads/{connection}/{thread}/forward',
    {
      operation: 'forwardThread',
      summary: 'Forward the thread to others',
      description: ACCEPTED,
      scope: 'act',
      takesKey: true,
      takesFiles: true,
      status: 202,
      body: ForwardBody,
      examples: {
        colleague: {
          summary: 'To a colleague, with a note',
          value: { to: ['deals@acme.example'], note: 'She asks for a price; can you take it from here?' },
        },
      },
      answer: SendView,
      problems: ACCEPT_PROBLEMS,
    },
    async (call) => await forward(call, call.body),
  ),
  route(
    'GET',
    '/v1/sends',
    {
      operation: 'listSends',
      summary: 'What became of each reply and forward of the last 90 days, newest first',
      description: 'A page may be empty before the end; go on with its cursor.',
      scope: 'read',
      query: SendsParameters,
      answer: SendList,
      problems: ['not-found'],
    },
    async ({ deps, query }) => await sends(deps, present(query)),
  ),
  route(
    'GET',
    '/v1/sends/{id}',
    {
      operation: 'readSend',
      summary: 'What became of one send',
      scope: 'read',
      answer: SendView,
      problems: ['not-found'],
    },
    async ({ deps, names }) => await oneSend(deps, names.id),
  ),
  route(
    'POST',
    '/v1/sends/{id}/decision',
    {
      operation: 'decideSend',
      summary: 'Say what became of a send that nobody could find',
      description: 'For a send in the state needs_decision or uncertain: look into the conversation yourself first.',
      scope: 'act',
      body: DecisionBody,
      answer: SendView,
      problems: ['not-found', 'conflict'],
    },
    async ({ deps, caller, names, body }) => await decide(deps, names.id, body.verdict, body.by ?? caller.by),
  ),
  route(
    'POST',
    '/v1/sends/{id}/again',
    {
      operation: 'sendAgain',
      summary: 'Send again what has failed, and of which it is proved that nothing left',
      scope: 'act',
      answer: SendView,
      problems: ['not-found', 'conflict'],
    },
    async ({ deps, caller, names }) => await again(deps, names.id, caller.by),
  ),
  route(
    'DELETE',
    '/v1/sends/{id}',
    {
      operation: 'undoSend',
      summary: 'Call a send back that waits and has not left yet',
      description: 'Asked again it answers the same.',
      scope: 'act',
      answer: SendView,
      problems: ['not-found', 'conflict'],
    },
    async ({ deps, caller, names }) => await undo(deps, names.id, caller.by),
  ),
];
