import type { Message } from '../model.ts';
import { digest } from './tolerant.ts';

/** A message whose vendor may have given it no id. */
export type Draft = Omit<Message, 'id'> & { readonly id?: string };

function fingerprint({ from, sentAt, subject, text, html }: Draft): string {
  return digest([from.email.toLowerCase(), sentAt, subject ?? '', text ?? html ?? '']);
}

function byTimeThenId(one: Message, other: Message): number {
  if (one.sentAt !== other.sentAt) return one.sentAt - other.sentAt;
  return one.id < other.id ? -1 : Number(one.id > other.id);
}

/**
 * In order of (sentAt, id), each once. Without an id a message is named by its fingerprint; so is a second, different
 * message under an id already taken, since dropping it would lose a reply.
 */
export function inOrder(drafts: readonly Draft[]): readonly Message[] {
  const marked = drafts.map((draft) => ({ draft, mark: fingerprint(draft) }));
  marked.sort((one, other) => one.draft.sentAt - other.draft.sentAt || (one.mark < other.mark ? -1 : 1));
  const seen = new Map<string, string>();
  const messages: Message[] = [];
  for (const { draft, mark } of marked) {
    const id = draft.id === undefined || (seen.get(draft.id) ?? mark) !== mark ? mark : draft.id;
    if (seen.has(id)) continue;
    seen.set(id, mark);
    messages.push({ ...draft, id });
  }
  return messages.sort(byTimeThenId);
}
