import { ProviderError } from '../../failure.ts';
import {
  attachmentBytes,
  type OutgoingAttachment,
  type ReadMarker,
  type ReplySender,
  type Starrer,
} from '../../provider.ts';
import { invalid, refuse } from '../refuse.ts';
import { type ColdSend, patchRead, postReply, threadDetails, toggleStar } from './api.ts';

/** Source: "Request Body", Replies API page. */
const ATTACHMENTS_MAX = 5;
const ATTACHMENT_BYTES_MAX = 10 * 1024 * 1024;
/** Times a toggle is tried before the state is told as it is. */
const TOGGLE_ROUNDS_MAX = 3;

function outgoing({ label }: ColdSend, attachments: readonly OutgoingAttachment[]) {
  if (attachments.length > ATTACHMENTS_MAX) invalid(label, 'reply', `at most ${ATTACHMENTS_MAX} attachments are taken`);
  const files = attachments.map(({ filename, contentType, contentBase64 }) => ({
    filename,
    content_type: contentType,
    content_base64: contentBase64 ?? invalid(label, 'reply', 'attachments are taken as files, not by URL'),
  }));
  const bytes = attachments.reduce((sum, file) => sum + attachmentBytes(file), 0);
  if (bytes > ATTACHMENT_BYTES_MAX) invalid(label, 'reply', 'the attachments are larger than 10 MB together');
  return files;
}

export function replies(coldsend: ColdSend): ReplySender {
  return {
    sideEffect: "Cancels the lead's pending follow-ups in the campaign.",
    takes: {
      copies: false,
      attachments: { by: 'content', countMax: ATTACHMENTS_MAX, bytesMax: ATTACHMENT_BYTES_MAX },
    },
    words: 'both',
    async prepare({ threadId, html, text, cc, bcc, attachments }) {
      if (cc.length > 0 || bcc.length > 0)
        refuse(coldsend.label, 'reply', { kind: 'unsupported', capability: 'cc and bcc on replies' });
      const files = outgoing(coldsend, attachments);
      // `body` always goes: one page calls it required, the other asks for one of the two.
      const body = {
        body: text,
        ...(html === '' ? {} : { html_body: html }),
        ...(files.length === 0 ? {} : { attachments: files }),
      };
      return { post: () => postReply(coldsend, threadId, body) };
    },
  };
}

/** The error as a value when nobody can say whether it happened; the caller reads the state again. */
async function orDoubt<Value>(write: Promise<Value>): Promise<Value | ProviderError> {
  try {
    return await write;
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    const { failure } = error;
    if ((failure.kind === 'unavailable' || failure.kind === 'wire') && failure.mayHaveHappened) return error;
    throw error;
  }
}

export function stars(coldsend: ColdSend): Starrer {
  return {
    async setStarred(threadId, starred) {
      const isStarred = async () => (await threadDetails(coldsend, threadId)).is_starred ?? false;
      for (let round = 1; round <= TOGGLE_ROUNDS_MAX; round++) {
        if ((await isStarred()) === starred) return starred;
        if ((await orDoubt(toggleStar(coldsend, threadId))) === starred) return starred;
      }
      return isStarred();
    },
  };
}

export function readMarks(coldsend: ColdSend): ReadMarker {
  return {
    async setRead(threadId, read) {
      const isRead = async () => (await threadDetails(coldsend, threadId)).is_read ?? false;
      if ((await isRead()) === read) return read;
      // The replies page lets it unread too, the reference page does not say so: what the state is afterwards tells.
      const answer = await orDoubt(patchRead(coldsend, threadId));
      const seen = await isRead();
      if (seen !== read && answer instanceof ProviderError) throw answer;
      return seen;
    },
  };
}
