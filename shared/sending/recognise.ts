import type { Message } from '../model.ts';
import { claimMessage, othersOf } from './conversation.ts';
import { fingerprintsOf } from './fingerprint.ts';
import type { SendingPorts } from './ports.ts';
import { soughtOf } from './record.ts';
import { type Found, hasId, isEarly, namesAnother, searchMail, sincePosted } from './search.ts';
import { mayHaveGone, type StoredSend } from './send.ts';

/** One post of another send, and the messages that it may be. */
type Post = ReadonlySet<string>;

/** What another send may have sent. */
interface Rival {
  readonly id: string;
  readonly payload: string;
  /** How many of its posts may have left that the vendor did not name: those are known already. */
  readonly posts: number;
  /** Messages that it may be, whatever their time. */
  readonly messages: readonly string[];
  /** Those that are not dated before it. */
  readonly likely: readonly string[];
}

async function rivalOf(
  ports: SendingPorts,
  other: StoredSend,
  messages: readonly Message[],
  isNamed: (message: Message) => boolean,
): Promise<Rival | undefined> {
  if (!mayHaveGone(other)) return undefined;
  const { postedAt, ...since } = sincePosted(other);
  const { same } = await searchMail(soughtOf(ports, other), messages, since);
  const named = same.filter((message) => hasId(message, other.messageId)).length;
  const open = same.filter((message) => !isNamed(message));
  return {
    id: other.id,
    payload: other.payload,
    posts: Math.max(0, other.mayHaveLeft.length + (other.state === 'sending' ? 1 : 0) - named),
    messages: open.map(({ id }) => id),
    likely: open.filter((message) => !isEarly(message, postedAt)).map(({ id }) => id),
  };
}

/**
 * What each post of the others may be. Of the messages that one of all is likely to be each may be anybody's, since a vendor's
 * times may be off; one that is dated before them all is a stranger's.
 */
function postsOf(rivals: readonly Rival[], asked: readonly Message[]): readonly Post[] {
  const ours = new Set([...asked.map(({ id }) => id), ...rivals.flatMap(({ likely }) => likely)]);
  return rivals.flatMap(({ posts, messages }) => {
    const theirs = new Set(messages.filter((id) => ours.has(id)));
    return theirs.size === 0 ? [] : Array.from({ length: posts }, () => theirs);
  });
}

/** The messages that hang together with these: whoever may be one of them may be another, too. */
function connected(asked: readonly string[], posts: readonly Post[]): readonly string[] {
  const found = new Set(asked);
  for (let size = -1; size !== found.size; ) {
    size = found.size;
    for (const post of posts) if ([...post].some((id) => found.has(id))) for (const id of post) found.add(id);
  }
  return [...found];
}

/**
 * How many of the messages the posts can account for at the most, each for one. Kuhn's matching: a message that is taken is
 * given over where its post can be another one.
 */
export function accountedFor(messages: readonly string[], posts: readonly Post[]): number {
  const owner = new Map<string, number>();
  const place = (post: number, seen: Set<string>): boolean =>
    messages.some((message) => {
      if (!posts[post]?.has(message) || seen.has(message)) return false;
      seen.add(message);
      const before = owner.get(message);
      if (before !== undefined && !place(before, seen)) return false;
      owner.set(message, post);
      return true;
    });
  return posts.filter((_, post) => place(post, new Set())).length;
}

interface Contest {
  readonly send: StoredSend;
  /** Messages of its words that the vendor has not named as another's. */
  readonly asked: readonly Message[];
  readonly rivals: readonly Rival[];
  readonly posts: readonly Post[];
  /** Sends whose posts are known here; others were long ago, and what they claimed is theirs. */
  readonly known: ReadonlySet<string>;
}

function choose(
  { send, asked, rivals, posts, known }: Contest,
  taken: ReadonlyMap<string, string>,
): string | undefined {
  const all = connected(
    asked.map(({ id }) => id),
    posts,
  );
  const names = new Set(asked.map(({ id }) => id));
  // What is neither asked about nor anybody's yet may be a stranger's, and leaves nothing over for this send.
  const open = all.filter((id) => (taken.has(id) ? known.has(taken.get(id) ?? '') : names.has(id)));
  const isSure = send.accepted || open.length > accountedFor(open, posts);
  if (!isSure) return undefined;
  const found = new Set(taken.values());
  // Ours with a signature below is another's, whose words end so: which of them is there is not known while that one is sought.
  const isOfOtherWords = ({ id }: Message) =>
    rivals.some((rival) => rival.payload !== send.payload && !found.has(rival.id) && rival.messages.includes(id));
  const contested = ({ id }: Message) => posts.filter((post) => post.has(id)).length;
  const free = asked.filter((message) => {
    // Which of several is which is for the vendor's names to say, where there are any.
    const isAnothers = posts.length > 0 && namesAnother(message, send.messageId);
    return !taken.has(message.id) && !isAnothers && !(send.accepted && isOfOtherWords(message));
  });
  // Rather one that fewer of the others can be.
  return free.toSorted((one, other) => contested(one) - contested(other))[0]?.id;
}

/**
 * Which of the messages that carry its words is this send, if that can be told; it is then nobody else's. A send of which it
 * is not known whether it left has one only where the others of the same words cannot account for all of them.
 */
export async function recognise(
  ports: SendingPorts,
  send: StoredSend,
  { same }: Found,
  messages: readonly Message[],
): Promise<string | undefined> {
  if (same.length === 0) return undefined;
  const now = await fingerprintsOf(messages);
  const named = same.find((message) => hasId(message, send.messageId));
  const claimed =
    named && (await claimMessage(ports.store, send, now, (taken) => (taken.has(named.id) ? undefined : named.id)));
  // Another of the same words may have been taken for it, before the vendor's name for it was known: then it is that one.
  if (claimed !== undefined) return claimed;
  // Read after the messages: whoever sent one of them is known by now.
  const others = await othersOf(ports.store, send);
  const isNamed = (message: Message) => others.some(({ messageId }) => hasId(message, messageId));
  const asked = same.filter((message) => !isNamed(message));
  const rivals: Rival[] = [];
  for (const other of others) {
    const rival = await rivalOf(ports, other, messages, isNamed);
    if (rival) rivals.push(rival);
  }
  const posts = postsOf(rivals, asked);
  const known = new Set(others.map(({ id }) => id));
  return await claimMessage(ports.store, send, now, (taken) => choose({ send, asked, rivals, posts, known }, taken));
}
