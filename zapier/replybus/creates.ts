import * as z from 'zod/mini';
import { UserError } from '../../shared/failure.ts';
import type { Json, JsonObject } from '../../shared/model.ts';
import type { Takes } from '../../shared/provider.ts';
import { cleanText } from '../../shared/text/plain.ts';
import { MARKED, outputFieldsOf, SENT, STARRED, sampleOf } from '../catalogue.ts';
import { answeredOf, hashOf } from '../creates/notes.ts';
import { addressesOf, checkCount, READ_MS, wordsOf } from '../creates/send-reply.ts';
import { faceOf, POST_MS, type Sent } from '../creates/sending.ts';
import { SendWire, settledSend } from '../deployment.ts';
import { told } from '../errors.ts';
import { ATTACHMENTS, COPIES, MESSAGE, notice, RECIPIENTS, THREAD, UNANSWERED } from '../fields.ts';
import { outgoingFiles } from '../files.ts';
import { flagOf, listOf, neededText, textOf, urlsOf } from '../input.ts';
import { isRecord } from '../memory.ts';
import type { Bundle, Create, InputField, Perform, Z } from '../platform.ts';
import { conversationOf } from './conversation.ts';
import { type ConnectionWire, connectionsOf, openPlace, type Place, threadNamed } from './place.ts';

const MEGABYTE = 1024 * 1024;

const ThreadWire = z.object({ starred: z.nullable(z.boolean()), read: z.nullable(z.boolean()) });

async function connectionOf(place: Place, id: string): Promise<ConnectionWire> {
  const found = (await connectionsOf(place)).find((connection) => connection.id === id);
  if (found) return found;
  throw new UserError(`Your Replybus has no connection "${id}"; map the Thread ID of one of its threads here.`);
}

function takesOf({ by, countMax, bytesMax }: ConnectionWire['can']['reply']['attachments']): Takes['attachments'] {
  return by === 'url' ? { by } : { by, countMax: countMax ?? 20, bytesMax: bytesMax ?? 10 * MEGABYTE };
}

interface Mail {
  readonly kind: 'reply' | 'forward';
  readonly words: JsonObject;
  takes(connection: ConnectionWire): Takes['attachments'];
}

/** One key for one mail: its words, people, the contents of its files, and the message that it answers. */
async function send(zapier: Z, bundle: Bundle, place: Place, mail: Mail): Promise<Sent> {
  const threadId = neededText(bundle, 'thread_id', 'Thread').trim();
  const { connection, thread } = threadNamed(threadId);
  const takes = mail.takes(await connectionOf(place, connection));
  const fetching = { allowPrivate: place.isTest, deadline: place.deadline, keepMs: POST_MS + READ_MS };
  const files = await outgoingFiles(zapier, urlsOf(bundle, 'attachments'), takes, fetching);
  const messages = await conversationOf(place, threadId);
  const messageId = textOf(bundle, MESSAGE.key)?.trim();
  const answered = answeredOf(messages, messageId);
  const name = hashOf([connection, thread, mail.kind, mail.words, files.map(({ print }) => print), messageId ?? '']);
  const key = await keyOf(place, name, messageId === undefined ? (answered?.id ?? '') : '');
  const isGuarded = mail.kind === 'reply' && flagOf(bundle, UNANSWERED.key, 'Only If Nobody Has Answered Since');
  const body = {
    ...mail.words,
    ...(isGuarded && answered ? { ifLatestMessageId: answered.id } : {}),
    attachments: files.map(({ attachment }): Json => ({ ...attachment })),
  };
  const path = ['threads', connection, thread, mail.kind];
  const first = await place.ask({ method: 'POST', path, body, key, shape: SendWire });
  const settled = await settledSend(place.ask, first, place.clock);
  await place.memory.forget(entryOf(name));
  return {
    id: settled.id,
    thread_id: threadId,
    ...faceOf(messages),
    status: settled.state,
    meaning: settled.meaning,
    was_sent_before: false,
    message_id: null,
    recipients_refused: [],
  };
}

const entryOf = (name: string) => `send:${name}`;

/** A run whose end nobody saw may have been answered since; run again, it is still the same send. */
async function keyOf({ memory }: Place, name: string, answered: string): Promise<string> {
  const kept = await memory.get(entryOf(name));
  if (isRecord(kept) && typeof kept.key === 'string') return kept.key;
  const key = hashOf([name, answered]);
  await memory.set(entryOf(name), { key });
  return key;
}

const sendReply: Perform = async (zapier, bundle) => {
  const place = openPlace(zapier, bundle, 'send_reply');
  const [cc, bcc] = [addressesOf('Cc', listOf(bundle, 'cc')), addressesOf('Bcc', listOf(bundle, 'bcc'))];
  checkCount(cc, bcc);
  const words = { ...(await wordsOf(bundle)), cc: [...cc], bcc: [...bcc] };
  const takes = ({ can }: ConnectionWire) => takesOf(can.reply.attachments);
  return await send(zapier, bundle, place, { kind: 'reply', words, takes });
};

const forwardThread: Perform = async (zapier, bundle) => {
  const place = openPlace(zapier, bundle, 'forward_thread');
  const [to, cc, bcc] = [
    addressesOf('To', listOf(bundle, 'to')),
    addressesOf('Cc', listOf(bundle, 'cc')),
    addressesOf('Bcc', listOf(bundle, 'bcc')),
  ];
  checkCount(to, cc, bcc);
  if (to.length === 0) throw new UserError('The field "To" is empty; a forward needs at least one address.');
  const note = textOf(bundle, 'note');
  const words = { to: [...to], cc: [...cc], bcc: [...bcc], ...(note === undefined ? {} : { note: cleanText(note) }) };
  const takes = ({ can }: ConnectionWire) => takesOf((can.forward ?? can.reply).attachments);
  return await send(zapier, bundle, place, { kind: 'forward', words, takes });
};

const starThread: Perform = async (zapier, bundle) => {
  const place = openPlace(zapier, bundle, 'star_thread');
  const id = neededText(bundle, 'thread_id', 'Thread').trim();
  const { connection, thread } = threadNamed(id);
  const starred = flagOf(bundle, 'starred', 'Starred') ?? true;
  const path = ['threads', connection, thread, 'star'];
  const seen = await place.ask({ method: 'PUT', path, body: { starred }, shape: ThreadWire });
  return { id, starred: seen.starred ?? starred };
};

const markRead: Perform = async (zapier, bundle) => {
  const place = openPlace(zapier, bundle, 'mark_read');
  const id = neededText(bundle, 'thread_id', 'Thread').trim();
  const { connection, thread } = threadNamed(id);
  const path = ['threads', connection, thread, 'read'];
  const seen = await place.ask({ method: 'PUT', path, body: { read: true }, shape: ThreadWire });
  return { id, read: seen.read ?? true };
};

/** What else happens where the chosen thread lies. */
const sideEffects: Perform<readonly InputField[]> = async (zapier, bundle) => {
  try {
    const id = textOf(bundle, 'thread_id')?.split('/')[0];
    const found = (await connectionsOf(openPlace(zapier, bundle, 'send_reply'))).filter((one) => !id || one.id === id);
    const told = new Set(
      found.flatMap(({ id: name, can }) => (can.reply.sideEffect ? [`${name}: ${can.reply.sideEffect}`] : [])),
    );
    return told.size === 0 ? [] : [notice(`**Note:** ${[...told].join(' ')}`)];
  } catch {
    // The form must open even while the deployment is away.
    return [];
  }
};

const LOCK = { lock: { key: '{{bundle.inputData.thread_id}}', scope: ['auth'], timeout: 60 } };
const sending = { outputFields: outputFieldsOf(SENT), sample: sampleOf(SENT), ...LOCK };

export function creates(): readonly Create[] {
  return [
    {
      key: 'send_reply',
      noun: 'Reply',
      display: { label: 'Send Reply', description: 'Sends a reply in an existing thread.' },
      operation: {
        perform: told(sendReply),
        inputFields: [THREAD, TEXT, HTML, sideEffects, ...COPIES, ATTACHMENTS, MESSAGE, UNANSWERED],
        ...sending,
      },
    },
    {
      key: 'forward_thread',
      noun: 'Forward',
      display: { label: 'Forward Thread', description: 'Forwards an existing thread to other people.' },
      operation: {
        perform: told(forwardThread),
        inputFields: [THREAD, RECIPIENTS, ...COPIES, NOTE, ATTACHMENTS, MESSAGE],
        ...sending,
      },
    },
    {
      key: 'star_thread',
      noun: 'Star',
      display: { label: 'Star Thread', description: 'Puts a star on an existing thread, or takes it off.' },
      operation: {
        perform: told(starThread),
        inputFields: [THREAD, STARRED_FIELD],
        outputFields: outputFieldsOf(STARRED),
        sample: sampleOf(STARRED),
        ...LOCK,
      },
    },
    {
      key: 'mark_read',
      noun: 'Thread',
      display: { label: 'Mark Thread Read', description: 'Marks an existing thread as read.' },
      operation: {
        perform: told(markRead),
        inputFields: [THREAD],
        outputFields: outputFieldsOf(MARKED),
        sample: sampleOf(MARKED),
        ...LOCK,
      },
    },
  ];
}

const TEXT: InputField = {
  key: 'text',
  label: 'Text',
  type: 'text',
  helpText: 'What you write. Leave it empty if you fill in HTML; one of the two is needed.',
};
const HTML: InputField = { key: 'html', label: 'HTML', type: 'text', helpText: 'The same with formatting.' };
const NOTE: InputField = {
  key: 'note',
  label: 'Note',
  type: 'text',
  helpText: 'Your own words on top, where the mail is composed by your deployment.',
};
const STARRED_FIELD: InputField = {
  key: 'starred',
  label: 'Starred',
  type: 'boolean',
  required: true,
  default: 'true',
  helpText: 'Yes puts the star on, no takes it off.',
};
