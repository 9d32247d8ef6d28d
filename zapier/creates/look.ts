import type { Message } from '../../shared/model.ts';
import { attachmentBytes } from '../../shared/provider.ts';
import type { Sought } from '../../shared/sending/identity.ts';
import { type Since, searchMail, sinceNow } from '../../shared/sending/search.ts';
import type { Edge } from '../edge.ts';
import type { Sending } from './mail-step.ts';

const REPEATED = 'Nothing was sent, in case it is this mail; if you mean to send both, change its words.';

export interface Look {
  /** The message that is this mail. */
  readonly same?: Message;
  /** Why nobody can say whether one of them is; a sentence for a person. */
  readonly alike?: string;
}

/** The messages up to one: what is looked for came after it. All of them count as new where it is not known. */
export function after(messages: readonly Message[], from: Message | undefined): readonly Message[] {
  return from === undefined ? [] : messages.filter(({ sentAt }) => sentAt <= from.sentAt);
}

/** The mail with its files, as the vendor is given it. */
function soughtOf({ connection }: Edge, { mail, files }: Sending): Sought {
  const shown = files.map(({ attachment: { contentBase64, ...file } }) =>
    contentBase64 === undefined ? file : { ...file, bytes: attachmentBytes({ ...file, contentBase64 }) },
  );
  return { mail: { ...mail, files: shown }, words: connection.replies.words };
}

/** Whether the conversation shows a mail among what came after these messages. */
export async function lookFor(
  edge: Edge,
  sending: Sending,
  messages: readonly Message[],
  before: readonly Message[],
  posted: Pick<Since, 'postedAt'> = {},
): Promise<Look> {
  const since = { ...(await sinceNow(before)), ...posted };
  const { same, alike } = await searchMail(soughtOf(edge, sending), messages, since);
  const ours = same.at(-1);
  if (ours) return { same: ours };
  const [doubt] = alike;
  return doubt ? { alike: `The same words stand in the conversation already, but ${doubt.because}. ${REPEATED}` } : {};
}
