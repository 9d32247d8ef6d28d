import type { Thread } from '../../shared/model.ts';
import type { Connection, ThreadQuery } from '../../shared/provider.ts';
import { isRecord } from '../memory.ts';
import { BEGIN_MS, type Mode, type Poll } from './poll.ts';

/** Spellings that are remembered. */
const LABELS_MAX = 200;
const LABEL_CHARACTERS_MAX = 100;
/** Pages looked through for the spelling of a label that no row has shown yet. */
const LEARNING_PAGES = { poll: 1, sample: 2, priming: 20 } as const satisfies Readonly<Record<Mode, number>>;

/** Two words for one label: "Meeting Booked", "meeting-booked" and "meeting_booked" are the same. */
export const normalised = (label: string): string =>
  label
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/g, '_');

export const INTERESTED = 'interested';
const NOT_INTERESTED = 'not_interested';
/** What replies can be before any has come. */
const EXPECTED = [INTERESTED, NOT_INTERESTED];

/** What can be chosen: labels as they were seen, and those that every vendor with labels has. */
export function labelsToChoose(seen: Iterable<string>): readonly string[] {
  const known = [...seen];
  const spelled = new Set(known.map(normalised));
  return [...known, ...EXPECTED.filter((label) => !spelled.has(label))].sort();
}

/** Whether the thread carries the label, however it is spelled. A vendor without labels knows two. */
export function hasLabel({ provider }: Pick<Connection, 'provider'>, row: Thread, label: string): boolean {
  const wanted = normalised(label);
  if (row.intent !== undefined && normalised(row.intent) === wanted) return true;
  if (wanted === INTERESTED) return row.interested;
  return wanted === NOT_INTERESTED && provider.labels === undefined && !row.interested;
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
  among.filter((spelling) => normalised(spelling) === normalised(label));

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
  return [normalised(label) === INTERESTED ? { interested: true } : { intent: label }];
}
