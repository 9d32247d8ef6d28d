/** What is being written, kept in this browser until it is sent or thrown away, so that a reload loses no word. */

import type { ChosenFile } from './files.ts';

export interface Draft {
  readonly kind: 'reply' | 'forward';
  readonly text: string;
  readonly to: string;
  readonly cc: string;
  readonly bcc: string;
  /** Names this mail for ever: the same draft sent twice is one mail. */
  readonly key: string;
  /** The newest message that the writer has seen. */
  readonly latest?: string;
}

/** A draft that left this form, sent or thrown away, with its files, for as long as it can be taken back. */
export interface Put {
  readonly draft: Draft;
  readonly files: readonly ChosenFile[];
}

const place = (thread: string) => `replybus.draft.${thread}`;

export const newDraft = (kind: Draft['kind'], latest?: string): Draft => ({
  kind,
  text: '',
  to: '',
  cc: '',
  bcc: '',
  key: crypto.randomUUID(),
  ...(latest === undefined ? {} : { latest }),
});

/** The same words as a mail of their own. */
export const asNew = (draft: Draft): Draft => ({ ...draft, key: crypto.randomUUID() });

function isDraft(value: unknown): value is Draft {
  if (typeof value !== 'object' || value === null) return false;
  const fields = new Map(Object.entries(value));
  const kind = fields.get('kind');
  return (
    (kind === 'reply' || kind === 'forward') &&
    ['text', 'to', 'cc', 'bcc', 'key'].every((name) => typeof fields.get(name) === 'string')
  );
}

export function readDraft(thread: string): Draft | undefined {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(place(thread)) ?? 'null');
    return isDraft(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function keepDraft(thread: string, draft: Draft | undefined): void {
  try {
    if (draft === undefined) localStorage.removeItem(place(thread));
    else localStorage.setItem(place(thread), JSON.stringify(draft));
  } catch {
    // A browser that keeps nothing still sends.
  }
}
