import type { Message } from '../model.ts';
import { claimMessage, othersOf } from './conversation.ts';
import type { SendingPorts } from './ports.ts';
import { soughtOf } from './record.ts';
import { type Found, hasId, namesAnother, searchMail } from './search.ts';
import { mayHaveGone, type StoredSend } from './send.ts';

/** Another send, and which of the messages in question may be its own. */
interface Rival {
  readonly id: string;
  readonly messages: ReadonlySet<string>;
  /** Messages that it may have left in the conversation, one for each post. */
  readonly posts: number;
}

async function rivalOf(
  ports: SendingPorts,
  other: StoredSend,
  same: readonly Message[],
  messages: readonly Message[],
): Promise<Rival | undefined> {
  if (!mayHaveGone(other)) return undefined;
  const since = { before: other.before ?? [], newestBefore: other.newestBefore ?? 0 };
  const wanted = soughtOf(ports, other);
  const found = await searchMail(wanted, messages, since);
  const theirs = new Set(found.same.map(({ id }) => id));
  const asked = same.filter(({ id }) => theirs.has(id)).map(({ id }) => id);
  if (asked.length === 0) return undefined;
  const posts = other.mayHaveLeft.length + (other.state === 'sending' ? 1 : 0);
  return { id: other.id, messages: new Set(asked), posts };
}

/** What rivals may still have among the free messages, beyond what was found to be theirs. */
function claimable(rivals: readonly Rival[], free: readonly Message[], taken: ReadonlyMap<string, string>): number {
  const owners = [...taken.values()];
  const left = rivals.map(({ id, messages, posts }) => {
    const open = free.filter((message) => messages.has(message.id)).length;
    return Math.min(open, Math.max(0, posts - owners.filter((owner) => owner === id).length));
  });
  return left.reduce((sum, one) => sum + one, 0);
}

/**
 * Which of the messages that carry its words is this send, if that can be told; it is then nobody else's. A send of which it
 * is not known whether it left has one only where there are more of them than other sends of the same words can have left.
 */
export async function recognise(
  ports: SendingPorts,
  send: StoredSend,
  { same }: Found,
  messages: readonly Message[],
): Promise<string | undefined> {
  if (same.length === 0) return undefined;
  const named = same.find((message) => hasId(message, send.messageId));
  const claimed =
    named && (await claimMessage(ports.store, send, (taken) => (taken.has(named.id) ? undefined : named.id)));
  // Another of the same words may have been taken for it, before the vendor's name for it was known: then it is that one.
  if (claimed !== undefined) return claimed;
  // Read after the messages: whoever sent one of them is known by now.
  const others = await othersOf(ports.store, send);
  const unnamed = same.filter((message) => !others.some(({ messageId }) => hasId(message, messageId)));
  const rivals: Rival[] = [];
  for (const other of others) {
    const rival = await rivalOf(ports, other, unnamed, messages);
    if (rival) rivals.push(rival);
  }
  return await claimMessage(ports.store, send, (taken) => {
    const free = unnamed.filter((message) => {
      // Which of several is which is for the vendor's names to say, where there are any.
      const isAnothers = rivals.length > 0 && namesAnother(message, send.messageId);
      return !taken.has(message.id) && !isAnothers;
    });
    // Rather one that fewer of the others can be.
    const contested = ({ id }: Message) => rivals.filter(({ messages: theirs }) => theirs.has(id)).length;
    const [first] = free.toSorted((one, other) => contested(one) - contested(other));
    return send.accepted || free.length > claimable(rivals, free, taken) ? first?.id : undefined;
  });
}
