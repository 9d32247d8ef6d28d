/** A thread as rows and events tell of its label: a vendor's own, or none. */
interface Labelled {
  readonly intent?: string | null;
  readonly interested: boolean;
}

interface Labelling {
  /** Threads carry labels of the vendor's own. */
  readonly labels?: true;
}

export const INTERESTED = 'interested';
export const NOT_INTERESTED = 'not_interested';
/** All that a vendor without labels of its own says of a thread. */
export const INTEREST_LABELS: readonly string[] = [INTERESTED, NOT_INTERESTED];

/** Most are such a word, and that of each row of each list is asked for. */
const WORD = /^[a-z\d]+$/;

/** "Meeting Booked", "meeting-booked" and "meeting_booked" are one label. */
export function normalisedLabel(label: string): string {
  const small = label.toLowerCase();
  if (WORD.test(small)) return small;
  return label
    .normalize('NFKC')
    .toLowerCase()
    .split(/[\s_-]+/)
    .filter(Boolean)
    .join('_');
}

/** Whether a thread carries the label. Without labels of the vendor's own its interest, or the lack of it, is read as one. */
export function hasLabel({ intent, interested }: Labelled, { labels }: Labelling, label: string): boolean {
  const otherwise = interested ? INTERESTED : labels ? undefined : NOT_INTERESTED;
  return (intent ? normalisedLabel(intent) : otherwise) === normalisedLabel(label);
}

/** Whether there can be a thread of this vendor that carries the label. */
export const canCarry = ({ labels }: Labelling, label: string): boolean =>
  labels === true || INTEREST_LABELS.includes(normalisedLabel(label));

/** Why there can be none, as a part of a sentence. */
export const noLabels = (provider: string): string =>
  `${provider} has no labels of its own, so there are only ${INTEREST_LABELS.map((label) => `"${label}"`).join(' and ')}`;
