import * as z from 'zod/mini';
import type { Instant } from '../model.ts';
import { collection, readable } from '../store/collection.ts';
import { copyAddress } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import type { SendEvent } from './advance.ts';
import { CLOCKS_APART_MS } from './limits.ts';
import type { StoredSend } from './send.ts';

const TRIES = 8;

/** What a copy of the store knows of itself. The store it was taken from goes on without it, and sends. */
const Copy = z.object({
  takenAt: z.number(),
  /** When something began to act on it: it was a copy until then, and is the store from then on. */
  restoredAt: z.exactOptional(z.number()),
});
export type Copy = z.infer<typeof Copy>;

const COPIES = collection({ name: 'mark of a copy', schema: Copy });

/** Writes into a copy that it is one. What the store it comes from knew of itself no longer matters. */
export async function markCopy(copy: Store, takenAt: Instant): Promise<void> {
  const updated = await COPIES.update(copy, copyAddress, () => ({ value: { takenAt } }), { tries: TRIES });
  if (updated.kind !== 'written') throw new Error('a copy could not be marked');
}

/** Whether this store was a copy once; undefined for one that never was. */
export async function readCopy(store: Store): Promise<Copy | undefined> {
  return readable(await COPIES.get(store, copyAddress))?.value;
}

/** Before anything acts on a store: one that was a copy is restored at this moment, the first time. */
export async function noteRestored(store: Store, now: Instant): Promise<Copy | undefined> {
  const updated = await COPIES.update(
    store,
    copyAddress,
    (stored) =>
      !stored || stored.value.restoredAt !== undefined ? 'keep' : { value: { ...stored.value, restoredAt: now } },
    { tries: TRIES },
  );
  if (updated.kind === 'unreadable') throw updated.error;
  return await readCopy(store);
}

/** In whole minutes, which is what a person knows a backup by. */
const copyText = ({ takenAt }: Copy): string =>
  `restored from a copy of ${new Date(takenAt).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** What a person has to know who starts on it. */
export const restoredText = (copy: Copy): string =>
  `This folder was ${copyText(copy)}: mail that may have gone out since is not sent but asked about; see "replybus sends --state needs_decision".`;

/**
 * That a send may have gone out from the store the copy was taken from: it was accepted before the copy, or a machine wants it
 * for a reply that came before the restore. Undefined where it cannot, or where a person was asked already.
 */
export async function restoredDoubt(store: Store, send: StoredSend): Promise<SendEvent | undefined> {
  const copy = await readCopy(store);
  if (!copy || (send.askedOfCopy ?? 0) >= copy.takenAt) return undefined;
  const { takenAt, restoredAt = Number.POSITIVE_INFINITY } = copy;
  const isOld = send.repliedAt !== undefined && send.repliedAt <= restoredAt + CLOCKS_APART_MS;
  if (send.acceptedAt > takenAt && !isOld) return undefined;
  const detail = `Not sent from here: this folder was ${copyText(copy)}, and the mail may have gone out since.`;
  return { kind: 'doubtful', detail, facts: { askedOfCopy: takenAt } };
}
