import { fingerprint } from '../fingerprint.ts';
import { cameAt, compareMessages, type Message } from '../model.ts';

/** A message whose vendor may have given it no id. */
export type Draft = Omit<Message, 'id'> & { readonly id?: string };

/** By code unit, the same on every machine. */
function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

/**
 * In order of (when it came, id), each once. Without an id a message is named by its fingerprint; so is a second, different
 * message under an id already taken, since dropping it would lose a reply.
 */
export function inOrder(drafts: readonly Draft[]): readonly Message[] {
  const marked = drafts.map((draft) => ({ draft, mark: fingerprint(draft) }));
  marked.sort((one, other) => cameAt(one.draft) - cameAt(other.draft) || compare(one.mark, other.mark));
  const seen = new Map<string, string>();
  const messages: Message[] = [];
  for (const { draft, mark } of marked) {
    const id = draft.id === undefined || (seen.get(draft.id) ?? mark) !== mark ? mark : draft.id;
    if (seen.has(id)) continue;
    seen.set(id, mark);
    messages.push({ ...draft, id });
  }
  return messages.sort(compareMessages);
}
