import { UserError } from '../../shared/failure.ts';
import type { Json, JsonObject } from '../../shared/model.ts';
import type { Takes } from '../../shared/provider.ts';
import { MARKED, outputFieldsOf, SENT, STARRED, sampleOf } from '../catalogue.ts';
import { copiesOf, forwardOf, isOnlyIfUnanswered, messageIdOf, wordsOf } from '../creates/mail-form.ts';
import { answeredOf, guardedOf, hashOf } from '../creates/notes.ts';
import { fetchingIn, type Sent, sentIn } from '../creates/sending.ts';
import { ONE_AT_A_TIME } from '../creates/throttle.ts';
import { actionsAt } from '../deployment.ts';
import { told } from '../errors.ts';
import { FORWARD_THREAD, MARK_READ, SEND_REPLY, STAR_THREAD } from '../faces.ts';
import {
  ATTACHMENTS,
  COPIES,
  HTML,
  MESSAGE,
  notice,
  RECIPIENTS,
  STARRED_OR_NOT,
  TEXT,
  THREAD,
  UNANSWERED,
} from '../fields.ts';
import { outgoingFiles } from '../files.ts';
import { flagOf, neededText, textOf, urlsOf } from '../input.ts';
import { isRecord } from '../memory.ts';
import type { Bundle, Create, InputField, Perform, Z } from '../platform.ts';
import { conversationOf } from './conversation.ts';
import { type ConnectionWire, connectionsOf, openPlace, type Place, threadNamed } from './place.ts';

const MEGABYTE = 1024 * 1024;

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
  const files = await outgoingFiles(zapier, urlsOf(bundle, 'attachments'), takes, fetchingIn(place));
  const messages = await conversationOf(place, threadId);
  const messageId = messageIdOf(bundle);
  const answered = answeredOf(messages, messageId);
  const name = hashOf([connection, thread, mail.kind, mail.words, files.map(({ print }) => print), messageId ?? '']);
  const key = await keyOf(place, name, messageId === undefined ? (answered?.id ?? '') : '');
  const isGuarded = mail.kind === 'reply' && isOnlyIfUnanswered(bundle);
  const guarded = isGuarded ? guardedOf(messages, messageId) : undefined;
  const body = {
    ...mail.words,
    ...(guarded ? { ifLatestMessageId: guarded.id } : {}),
    attachments: files.map(({ attachment }): Json => ({ ...attachment })),
  };
  const settled = await actionsAt(place).send({ connection, threadId: thread, kind: mail.kind, key, body });
  await place.memory.forget(entryOf(name));
  return sentIn(messages, {
    id: settled.id,
    thread_id: threadId,
    status: settled.state,
    meaning: settled.meaning,
  });
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
  const copies = copiesOf(bundle);
  const words = { ...wordsOf(bundle), ...copies };
  const takes = ({ can }: ConnectionWire) => takesOf(can.reply.attachments);
  return await send(zapier, bundle, place, { kind: 'reply', words, takes });
};

const forwardThread: Perform = async (zapier, bundle) => {
  const place = openPlace(zapier, bundle, 'forward_thread');
  const words = { ...forwardOf(bundle) };
  const takes = ({ can }: ConnectionWire) => takesOf((can.forward ?? can.reply).attachments);
  return await send(zapier, bundle, place, { kind: 'forward', words, takes });
};

const starThread: Perform = async (zapier, bundle) => {
  const place = openPlace(zapier, bundle, 'star_thread');
  const id = neededText(bundle, 'thread_id', 'Thread').trim();
  const { connection, thread } = threadNamed(id);
  const starred = flagOf(bundle, 'starred', 'Starred') ?? true;
  return { id, starred: await actionsAt(place).setStarred(connection, thread, starred) };
};

const markRead: Perform = async (zapier, bundle) => {
  const place = openPlace(zapier, bundle, 'mark_read');
  const id = neededText(bundle, 'thread_id', 'Thread').trim();
  const { connection, thread } = threadNamed(id);
  return { id, read: await actionsAt(place).markRead(connection, thread) };
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

const sending = { outputFields: outputFieldsOf(SENT), sample: sampleOf(SENT), ...ONE_AT_A_TIME };

export function creates(): readonly Create[] {
  return [
    {
      ...SEND_REPLY,
      operation: {
        perform: told(sendReply),
        inputFields: [THREAD, TEXT, HTML, sideEffects, ...COPIES, ATTACHMENTS, MESSAGE, UNANSWERED],
        ...sending,
      },
    },
    {
      ...FORWARD_THREAD,
      operation: {
        perform: told(forwardThread),
        inputFields: [THREAD, RECIPIENTS, ...COPIES, NOTE, ATTACHMENTS, MESSAGE],
        ...sending,
      },
    },
    {
      ...STAR_THREAD,
      operation: {
        perform: told(starThread),
        inputFields: [THREAD, STARRED_OR_NOT],
        outputFields: outputFieldsOf(STARRED),
        sample: sampleOf(STARRED),
        ...ONE_AT_A_TIME,
      },
    },
    {
      ...MARK_READ,
      operation: {
        perform: told(markRead),
        inputFields: [THREAD],
        outputFields: outputFieldsOf(MARKED),
        sample: sampleOf(MARKED),
        ...ONE_AT_A_TIME,
      },
    },
  ];
}

const NOTE: InputField = {
  key: 'note',
  label: 'Note',
  type: 'text',
  helpText: 'Your own words on top, where the mail is composed by your deployment.',
};
