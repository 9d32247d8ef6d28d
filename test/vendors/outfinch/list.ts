import { json, type Scene, text } from '../../../sandbox/exchange.ts';
import { AnswerCache, hasReplies, isBad, timed } from '../../../sandbox/lists.ts';
import type { WorldMessage, WorldThread } from '../../../sandbox/world-model.ts';
import type { HttpResponse } from '../../../shared/ports.ts';

export const OUTFINCH = 'outfinch';

const PAGE_ROWS = 25;
const DAY_MS = 24 * 60 * 60_000;
/** Its labels have numbers; the world has words for two of them. */
const LABELS: Readonly<Record<string, number>> = { interested: 7, not_interested: 3 };

export const refusal = (scene: Scene, status: number, message: string) => json(scene, { error: { message } }, status);

export const isHere = ({ vendor }: Pick<WorldThread, 'vendor'>) => vendor === null || vendor === OUTFINCH;

/** By the vendor's clock: a mail cannot be shown before it has come. */
const receivedAt = ({ sentAt, visibleAt }: WorldMessage) => Math.min(sentAt, visibleAt);

/** The clocks of some leads are days off. */
function writtenAt({ direction, from, sentAt }: WorldMessage): number {
  const sum = [...from].reduce((total, character) => total + (character.codePointAt(0) ?? 0), 0);
  return direction === 'inbound' && sum % 3 === 0 ? sentAt + ((sum % 13) - 6) * DAY_MS : sentAt;
}

/** Where a message stands in the list. */
interface Place {
  readonly at: number;
  /** Unique, as a mail can be shown in two conversations. */
  readonly id: string;
  /** Those of a higher one stand above all others. */
  readonly group: number;
}

interface Listed extends Place {
  readonly message: WorldMessage;
  readonly thread: WorldThread;
}

type Order = (left: Place, right: Place) => number;

const compareText = (left: string, right: string) => (left < right ? -1 : Number(left > right));

const ORDERS: Readonly<Record<Scene['switches']['listOrder'], Order>> = {
  newest: (left, right) => right.at - left.at || compareText(left.id, right.id),
  oldest: (left, right) => left.at - right.at || compareText(left.id, right.id),
  'by-id': (left, right) => compareText(left.id, right.id),
};

const orderOf =
  ({ switches }: Scene): Order =>
  (left, right) =>
    right.group - left.group || ORDERS[switches.listOrder](left, right);

const cursorAfter = ({ group, at, id }: Place): string => Buffer.from(`${group} ${at} ${id}`).toString('base64url');

/** A cursor names what was shown last, so it never expires, and what comes and goes does not move it. */
function placeIn(cursor: string): Place | undefined {
  const [, group, at, id] = /^(\d) (-?\d+) (\S+ \S+)$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  return at === undefined || id === undefined ? undefined : { group: Number(group), at: Number(at), id };
}

export function conversationOf(thread: WorldThread, { world }: Scene) {
  const campaign = world.campaigns.get(thread.campaignId ?? '');
  return {
    id: thread.id,
    label: LABELS[thread.intent ?? ''] ?? 0,
    subject: thread.subject,
    mailbox: thread.inboxEmail,
    campaign: campaign ? { id: campaign.id, name: campaign.name } : null,
    contact: { email: thread.leadEmail, name: thread.leadName },
  };
}

function rowOf({ message, thread, at }: Listed, scene: Scene, isUnreadable: boolean): string {
  return JSON.stringify({
    id: message.replyId,
    conversation: conversationOf(thread, scene),
    direction: isUnreadable ? 'sideways' : message.direction === 'inbound' ? 'in' : 'out',
    from: { email: message.from },
    to: message.to.split(', ').map((email) => ({ email })),
    cc: message.cc.map((email) => ({ email })),
    subject: message.subject,
    text: message.text,
    html: message.html,
    sent: new Date(writtenAt(message)).toISOString(),
    received: at,
    files: message.attachments.map(({ filename, contentType, sizeBytes, url }) => ({
      name: filename,
      type: contentType,
      bytes: sizeBytes,
      url,
    })),
  });
}

function listRow(listed: Listed, scene: Scene): string {
  const isUnreadable = scene.switches.badRowIds.includes(listed.thread.id) || isBad(listed.message.replyId, scene);
  return timed(rowOf(listed, scene, isUnreadable), { id: listed.thread.id, field: 'received' }, scene);
}

/** Of one conversation, where rows are as they should be but for those that the switches name. */
const conversationRow = (listed: Listed, scene: Scene): string =>
  rowOf(listed, scene, scene.switches.badRowIds.includes(listed.message.replyId));

/** Rows of equal time, mixed within the page that they are on: which page that is, the cursor says. */
function mixed(rows: readonly Listed[], { switches, random }: Scene): readonly Listed[] {
  if (!switches.shuffleTies || switches.listOrder === 'by-id') return rows;
  const sign = switches.listOrder === 'newest' ? -1 : 1;
  return rows
    .map((row) => ({ row, dice: random() }))
    .sort((left, right) => sign * (left.row.at - right.row.at) || left.dice - right.dice)
    .map(({ row }) => row);
}

interface Asked {
  readonly limit: number;
  readonly after: Place | undefined;
  readonly label: number | undefined;
}

/** Undefined for a cursor that is none. */
function readAsked(query: string): Asked | undefined {
  const asked = new URLSearchParams(query);
  const cursor = asked.get('cursor');
  const after = cursor === null ? undefined : placeIn(cursor);
  if (cursor !== null && !after) return undefined;
  const limit = Number(asked.get('limit') ?? PAGE_ROWS);
  const label = asked.get('label');
  return {
    limit: Math.max(1, Math.min(PAGE_ROWS, Math.floor(limit) || PAGE_ROWS)),
    after,
    label: label === null ? undefined : Number(label),
  };
}

const listedOf = (thread: WorldThread, { switches }: Scene): readonly Listed[] =>
  thread.visible.map((message) => ({
    message,
    thread,
    group: switches.standingRowIds.includes(thread.id) ? 1 : 0,
    at: receivedAt(message),
    id: `${message.replyId} ${thread.id}`,
  }));

function pageOf(all: readonly Listed[], { limit, after, label }: Asked, scene: Scene, row = listRow): string {
  const order = orderOf(scene);
  const first = after === undefined ? 0 : all.findIndex((listed) => order(listed, after) > 0);
  const below = first < 0 ? [] : all.slice(first);
  const found = label === undefined ? below : below.filter(({ thread: { intent } }) => LABELS[intent ?? ''] === label);
  const rows = found.slice(0, limit);
  const last = found.length > limit ? rows.at(-1) : undefined;
  const data = mixed(rows, scene).map((listed) => row(listed, scene));
  return `{"data":[${data.join()}],"next":${last ? JSON.stringify(cursorAfter(last)) : null}}`;
}

const inListOrder = (listed: readonly Listed[], scene: Scene): readonly Listed[] => listed.toSorted(orderOf(scene));

export class MessageList {
  readonly #scene: Scene;
  readonly #pages = new AnswerCache<string>();
  /** The whole list, and the state of the world that it shows. */
  #sorted: { readonly of: string; readonly listed: readonly Listed[] } = { of: '', listed: [] };

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  answer(query: string): HttpResponse {
    const scene = this.#scene;
    const asked = readAsked(query);
    if (!asked) return refusal(scene, 400, 'The cursor is not one of ours.');
    const page = this.#pages.get(scene, query, () => pageOf(this.#all(), asked, scene));
    scene.switches.onListPage?.();
    return text(scene, page);
  }

  #all(): readonly Listed[] {
    const { world, switches } = this.#scene;
    const of = `${world.look()} ${switches.listOrder} ${switches.standingRowIds.length}`;
    if (this.#sorted.of !== of) {
      const threads = [...world.threads.values()].filter((thread) => isHere(thread) && hasReplies(thread));
      this.#sorted = {
        of,
        listed: inListOrder(
          threads.flatMap((thread) => listedOf(thread, this.#scene)),
          this.#scene,
        ),
      };
    }
    return this.#sorted.listed;
  }
}

export function messagesOf(scene: Scene, thread: WorldThread, query: string): HttpResponse {
  const asked = readAsked(query);
  if (!asked) return refusal(scene, 400, 'The cursor is not one of ours.');
  return text(scene, pageOf(inListOrder(listedOf(thread, scene), scene), asked, scene, conversationRow));
}
