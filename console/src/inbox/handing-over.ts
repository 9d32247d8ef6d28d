import { ApiError, api, type OutgoingFile, type SendView } from '../core/api.ts';
import type { Draft } from './drafts.ts';
import type { ChosenFile } from './files.ts';
import { addressesOf, complaintAbout } from './recipients.ts';
import { htmlOf, isRich } from './rich-text.ts';

/** How long a mail waits before it leaves, so that it can be called back. */
export const UNDO_SECONDS = 8;

const filesOf = (files: readonly ChosenFile[]): { attachments?: readonly OutgoingFile[] } =>
  files.length === 0 ? {} : { attachments: files.map(({ bytes: _, ...file }) => file) };

/** A draft as a mail on its way. */
export function handOver(
  thread: string,
  draft: Draft,
  files: readonly ChosenFile[],
  override: boolean,
): Promise<SendView> {
  const copies = {
    ...(draft.cc.trim() === '' ? {} : { cc: addressesOf(draft.cc) }),
    ...(draft.bcc.trim() === '' ? {} : { bcc: addressesOf(draft.bcc) }),
    ...filesOf(files),
  };
  if (draft.kind === 'forward') {
    const note = draft.text.trim() === '' ? {} : { note: draft.text };
    return api.forward(thread, { to: addressesOf(draft.to), ...copies, ...note }, draft.key);
  }
  const words = isRich(draft.text) ? { html: htmlOf(draft.text), text: draft.text } : { text: draft.text };
  const guard = draft.latest === undefined || override ? {} : { ifLatestMessageId: draft.latest };
  const person = override ? { override: 'console' } : {};
  return api.reply(thread, { ...words, ...copies, ...guard, ...person, undoSeconds: UNDO_SECONDS }, draft.key);
}

/** Why a mail was not handed over: by the server, or by a look at a field before. */
export type Refusal = { readonly error: ApiError } | { readonly field: string; readonly detail: string };

export interface Explained {
  readonly error: ApiError;
  readonly isTaken: boolean;
}

const PAGE_FAILED = new ApiError(0, 'page', 'The mail could not be handed over; try again.');
const SENT_ELSEWHERE = new ApiError(
  409,
  'sent-elsewhere',
  'This draft was sent already, from another window. Send it again to send these words as one more mail.',
);

/** What went wrong, and whether the draft needs another name to go out at all. */
export async function explain(thread: string, draft: Draft, error: unknown): Promise<Explained> {
  if (!(error instanceof ApiError)) return { error: PAGE_FAILED, isTaken: false };
  const isTaken = await wasSent(thread, draft, error).catch(() => false);
  return { error: isTaken ? SENT_ELSEWHERE : error, isTaken };
}

/** Whether this draft's name belongs to a mail that left from another window. */
async function wasSent(thread: string, { key }: Draft, error: ApiError): Promise<boolean> {
  if (error.status !== 409) return false;
  const { items } = await api.sends({ thread });
  return items.some((send) => send.key === key);
}

/** What in the fields no server would take. */
export function fieldComplaint(draft: Draft): Refusal | undefined {
  const fields = [...(draft.kind === 'forward' ? ['To'] : []), 'Cc', 'Bcc'];
  const values: Readonly<Record<string, string>> = { To: draft.to, Cc: draft.cc, Bcc: draft.bcc };
  for (const field of fields) {
    const detail = complaintAbout(field, values[field] ?? '');
    if (detail !== undefined) return { field, detail };
  }
  return undefined;
}
