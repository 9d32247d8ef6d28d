import { UserError } from '../../shared/failure.ts';
import { canCarry, INTEREST_LABELS, INTERESTED, noLabels, normalisedLabel } from '../../shared/labels.ts';
import type { Thread } from '../../shared/model.ts';
import type { Connection, ThreadQuery } from '../../shared/provider.ts';
import { isRecord } from '../memory.ts';
import { BEGIN_MS, type Mode, type Poll } from './poll.ts';

/** Spellings that are remembered. */
const LABELS_MAX = 200;
const LABEL_CHARACTERS_MAX = 100;
/** Pages looked through for the spelling of a label that no row has shown yet. */
const LEARNING_PAGES = { poll: 1, sample: 2, priming: 20 } as const satisfies Readonly<Record<Mode, number>>;

/** What can be chosen: labels as they were seen, and those that replies can carry before any has come. */
export function labelsToChoose(seen: Iterable<string>): readonly string[] {
  const known = [...seen];
  const spelled = new Set(known.map(normalisedLabel));
  return [...known, ...INTEREST_LABELS.filter((label) => !spelled.has(label))].sort();
}

/** A label that no reply can carry would be waited for in vain. */
export function checkLabel({ provider }: Pick<Connection, 'provider'>, label: string): void {
  if (!canCarry(provider, label)) throw new UserError(`${noLabels(provider.label)}; choose one of them, or none.`);
}

const ENTRY = 'labels';

/** The vendor's own spellings, as rows showed them. */
export async function labelsSeen({ memory }: Pick<Poll, 'memory'>): Promise<readonly string[]> {
  const known = await memory.get(ENTRY);
  if (!isRecord(known) || !Array.isArray(known.labels)) return [];
  return known.labels.filter((label) => typeof label === 'string');
}

const labelsOf = (rows: readonly Thread[]) =>
  rows.flatMap(({ intent }) => (intent === undefined || intent.length > LABEL_CHARACTERS_MAX ? [] : [intent]));

/** Returns all that are known now. */
export async function rememberLabels(
  poll: Pick<Poll, 'memory' | 'connection'>,
  rows: readonly Thread[],
): Promise<readonly string[]> {
  if (poll.connection.provider.labels === undefined) return [];
  const shown = new Set(labelsOf(rows));
  if (shown.size === 0) return [];
  const known = await labelsSeen(poll);
  const all = [...new Set([...known, ...shown])].slice(0, LABELS_MAX);
  if (all.length > known.length) await poll.memory.set(ENTRY, { labels: all });
  return all;
}

const spellingsOf = (label: string, among: readonly string[]) =>
  among.filter((spelling) => normalisedLabel(spelling) === normalisedLabel(label));

export interface Spelled {
  /** The spellings under which the vendor's list of a label must be asked for: its filter may be exact. */
  readonly as: readonly string[];
  /** No row that was not looked at can show another one. */
  readonly isSure: boolean;
}

/** Nothing for a vendor without labels, and while no row has shown one. */
export async function spellings(poll: Poll, label: string, mode: Mode): Promise<Spelled> {
  if (poll.connection.provider.labels === undefined) return { as: [], isSure: true };
  const known = spellingsOf(label, await labelsSeen(poll));
  if (known.length > 0) return { as: known, isSure: true };
  let cursor: string | undefined;
  for (let pages = 0; pages < LEARNING_PAGES[mode] && poll.deadline.leftMs() >= BEGIN_MS; pages += 1) {
    const page = await poll.connection.threads.list({}, cursor);
    const found = spellingsOf(label, labelsOf(page.threads));
    if (found.length > 0) return { as: spellingsOf(label, await rememberLabels(poll, page.threads)), isSure: true };
    cursor = page.cursor;
    if (cursor === undefined) return { as: [], isSure: true };
  }
  return { as: [], isSure: false };
}

/** How the lists of one label are asked for, one query for each spelling. */
export function queriesOf(label: string, spelled: readonly string[]): readonly ThreadQuery[] {
  if (spelled.length > 0) return spelled.map((intent) => ({ intent }));
  return [normalisedLabel(label) === INTERESTED ? { interested: true } : { intent: label }];
}
