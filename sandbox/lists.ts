import type { Random } from '../shared/ports.ts';
import type { Scene } from './exchange.ts';
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

/** In the order the switches ask for; ties are broken by id, or anew at each call. */
export function inOrder(threads: readonly WorldThread[], { switches, random }: Scene): WorldThread[] {
  const { listOrder, shuffleTies } = switches;
  if (!shuffleTies || listOrder === 'by-id') return [...threads].sort(ORDERS[listOrder]);
  const sign = listOrder === 'newest' ? -1 : 1;
  return shuffled(threads, random).sort((left, right) => sign * (left.lastActivityAt - right.lastActivityAt));
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

/** Whole answers and sorted lists, kept until the world or a switch that shapes them changes: an idle poll costs one look-up. */
export class AnswerCache<Value> {
  readonly #answers = new Map<string, Value>();
  #stamp = '';

  get({ world, switches }: Scene, name: string, make: () => Value): Value {
    const version = world.look();
    if (switches.shuffleTies || switches.badRowRate > 0 || switches.untimedRowRate > 0) return make();
    const stamp = `${version} ${switches.listOrder} ${switches.cohesivePageSize} ${switches.cohesiveWrapped} ${switches.cohesiveSeconds} ${switches.coldsendPageRows} ${switches.coldsendSaysLimit} ${switches.badRowIds.length === 0 ? '' : switches.badRowIds.join()}`;
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

/** The row as it is served now: with a time in `field`, or with words that are none. */
export const timed = (row: string, field: string, { switches, random }: Scene): string =>
  switches.untimedRowRate > 0 && random() < switches.untimedRowRate
    ? JSON.stringify({ ...JSON.parse(row), [field]: 'soon' })
    : row;
