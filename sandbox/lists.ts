import type { Random } from '../shared/ports.ts';
import type { Scene } from './exchange.ts';
import type { Switches } from './switches.ts';
import type { WorldThread } from './world-model.ts';

const compareText = (left: string, right: string) => (left < right ? -1 : left > right ? 1 : 0);

const ORDERS = {
  newest: (left: WorldThread, right: WorldThread) =>
    right.lastActivityAt - left.lastActivityAt || compareText(left.id, right.id),
  oldest: (left: WorldThread, right: WorldThread) =>
    left.lastActivityAt - right.lastActivityAt || compareText(left.id, right.id),
  'by-id': (left: WorldThread, right: WorldThread) => compareText(left.id, right.id),
};

function shuffled(threads: readonly WorldThread[], random: Random): WorldThread[] {
  const mixed = [...threads];
  for (let last = mixed.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    const [one, two] = [mixed[last], mixed[other]];
    if (one && two) {
      mixed[last] = two;
      mixed[other] = one;
    }
  }
  return mixed;
}

const otherCase = (text: string) => (text === text.toUpperCase() ? text.toLowerCase() : text.toUpperCase());

/** The same thread as it was before its newest message, under names in other letter case. */
function asItWas(thread: WorldThread): WorldThread | undefined {
  const visible = thread.visible.slice(0, -1);
  const newest = visible.at(-1);
  const visibleInbound = visible.filter(({ direction }) => direction === 'inbound').length;
  if (!newest || visibleInbound === 0) return undefined;
  const named = { id: otherCase(thread.id), leadEmail: otherCase(thread.leadEmail) };
  return { ...thread, ...named, visible, visibleInbound, lastActivityAt: newest.sentAt };
}

/** With the second rows that the switches ask for. */
export function withDoubles(threads: readonly WorldThread[], { switches }: Scene): readonly WorldThread[] {
  const { doubledRowIds } = switches;
  if (doubledRowIds.length === 0) return threads;
  return threads.flatMap((thread) => {
    const older = doubledRowIds.includes(thread.id) ? asItWas(thread) : undefined;
    return older ? [thread, older] : [thread];
  });
}

/** Where a thread has two rows, the older one right above the newer. */
const olderAbove = (threads: readonly WorldThread[]): WorldThread[] =>
  [...Map.groupBy(threads, ({ id }) => id.toLowerCase()).values()].flatMap((rows) => rows.toReversed());

/** Ties are broken by id, or anew at each call. */
function inOrderOfTime(threads: readonly WorldThread[], { switches, random }: Scene): WorldThread[] {
  const { listOrder, orderDrawn, shuffleTies } = switches;
  if (orderDrawn) return shuffled(threads, random);
  if (!shuffleTies || listOrder === 'by-id') return [...threads].sort(ORDERS[listOrder]);
  const sign = listOrder === 'newest' ? -1 : 1;
  return shuffled(threads, random).sort((left, right) => sign * (left.lastActivityAt - right.lastActivityAt));
}

/** In the order the switches ask for. */
export function inOrder(threads: readonly WorldThread[], scene: Scene): WorldThread[] {
  const { standingRowIds, olderRowsAbove } = scene.switches;
  const byTime = inOrderOfTime(threads, scene);
  const sorted = olderRowsAbove ? olderAbove(byTime) : byTime;
  const standing = new Set(standingRowIds);
  if (standing.size === 0) return sorted;
  return [...sorted.filter(({ id }) => standing.has(id)), ...sorted.filter(({ id }) => !standing.has(id))];
}

/** A reply list holds a thread once a message of its lead is visible, and until it is archived. */
export const hasReplies = (thread: WorldThread) => thread.visibleInbound > 0 && thread.archivedAt === null;

/** A row's text, kept until its thread changes or another form is asked for. */
export class RowCache {
  readonly #rows = new WeakMap<
    WorldThread,
    { readonly version: number; readonly form: string; readonly row: string }
  >();

  get(thread: WorldThread, form: string, write: (thread: WorldThread) => string): string {
    const known = this.#rows.get(thread);
    if (known && known.version === thread.version && known.form === form) return known.row;
    const row = write(thread);
    this.#rows.set(thread, { version: thread.version, form, row });
    return row;
  }
}

const PAGES_MAX = 200;

/** Lists come in another order at each request. */
export const isOrderDrawn = ({ shuffleTies, orderDrawn }: Switches) => shuffleTies || orderDrawn;

/** Pages are drawn anew at each request. */
export const isPageDrawn = (switches: Switches) =>
  isOrderDrawn(switches) ||
  switches.badRowRate > 0 ||
  switches.untimedRowRate > 0 ||
  switches.swappedRate > 0 ||
  switches.shortPageRate > 0 ||
  switches.pageRowsDrawn.length > 0 ||
  switches.emptyPageRate > 0;

const shapeOf = (switches: Switches) =>
  [
    switches.listOrder,
    switches.cohesivePageSize,
    switches.cohesiveWrapped,
    switches.cohesiveSeconds,
    switches.coldsendPageRows,
    switches.coldsendSaysLimit,
    switches.coldsendEchoesLimit,
    switches.coldsendHeedsLimit,
    switches.coldsendTotals,
    switches.coldsendFilter,
    switches.coldsendSpellings,
    switches.emptyLists,
    switches.isoTimes,
    switches.isoZoneMinutes,
    switches.badRowIds,
    switches.untimedRowIds,
    switches.standingRowIds,
    switches.doubledRowIds,
    switches.olderRowsAbove,
  ].join();

/** Whole answers and sorted lists, kept until the world or a switch that shapes them changes: an idle poll costs one look-up. */
export class AnswerCache<Value> {
  readonly #answers = new Map<string, Value>();
  readonly #isDrawn: (switches: Switches) => boolean;
  #stamp = '';

  constructor(isDrawn: (switches: Switches) => boolean = isPageDrawn) {
    this.#isDrawn = isDrawn;
  }

  get({ world, switches }: Scene, name: string, make: () => Value): Value {
    const version = world.look();
    if (this.#isDrawn(switches)) return make();
    const stamp = `${version} ${shapeOf(switches)}`;
    if (stamp !== this.#stamp || this.#answers.size > PAGES_MAX) {
      this.#answers.clear();
      this.#stamp = stamp;
    }
    const known = this.#answers.get(name);
    if (known !== undefined) return known;
    const made = make();
    this.#answers.set(name, made);
    return made;
  }
}

export const isBad = (id: string, { switches, random }: Scene) =>
  switches.badRowIds.includes(id) || (switches.badRowRate > 0 && random() < switches.badRowRate);

const isUntimed = (id: string, { switches, random }: Scene) =>
  switches.untimedRowIds.includes(id) || (switches.untimedRowRate > 0 && random() < switches.untimedRowRate);

/** The row as it is served now: with a time in `field`, or with words that are none. */
export const timed = (row: string, { id, field }: { readonly id: string; readonly field: string }, scene: Scene) =>
  isUntimed(id, scene) ? JSON.stringify({ ...JSON.parse(row), [field]: 'soon' }) : row;

/** How many rows a page has now. */
export const pageRows = (usual: number, { switches: { pageRowsDrawn }, random }: Scene): number =>
  pageRowsDrawn[Math.floor(random() * pageRowsDrawn.length)] ?? usual;

/** The rows of a page as they are served now: perhaps not all, perhaps two of them in each other's place. */
export function served(rows: readonly WorldThread[], { switches, random }: Scene): readonly WorldThread[] {
  const { swappedRate, shortPageRate, emptyPageRate } = switches;
  if (emptyPageRate > 0 && random() < emptyPageRate) return [];
  const isShort = shortPageRate > 0 && random() < shortPageRate;
  const page = isShort ? rows.slice(0, rows.length - Math.floor((random() * rows.length) / 2)) : [...rows];
  if (swappedRate === 0 || random() >= swappedRate) return page;
  const at = Math.floor(random() * (page.length - 1));
  return [...page.slice(0, at), ...page.slice(at, at + 2).reverse(), ...page.slice(at + 2)];
}

const LINK = 'https://mail.example/click?signature=';

/** A mail's HTML as it is served now. */
export const signed = (html: string, { switches, random }: Scene): string =>
  switches.signedLinks ? `${html}<p><a href="${LINK}${random().toString(36).slice(2)}">Unsubscribe</a></p>` : html;
