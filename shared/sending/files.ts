import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { attachmentBytes, type OutgoingAttachment, type Takes } from '../provider.ts';
import { collection, readable } from '../store/collection.ts';
import { sendFileAddress } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import type { SendingPorts } from './ports.ts';
import type { SendFile, StoredSend } from './send.ts';

/** A document of the store holds 400 KB. */
const PART_CHARACTERS = 300_000;
const TRIES = 8;

const PARTS = collection({ name: 'part of a file', schema: z.object({ text: z.string() }) });

/** What is stored of a file is not what was stored. Its message is a sentence. */
export class FileNotWhole extends Error {
  override readonly name = 'FileNotWhole';
  constructor(filename: string) {
    super(`the file "${filename.slice(0, 80)}" is not whole in the database any more; send it anew.`);
  }
}

const hashOf = (base64: string): string => createHash('sha256').update(base64).digest('hex');

const cutUp = (base64: string): readonly string[] =>
  Array.from({ length: Math.ceil(base64.length / PART_CHARACTERS) }, (_, part) =>
    base64.slice(part * PART_CHARACTERS, (part + 1) * PART_CHARACTERS),
  );

/** Stores the contents of files in documents of their own, before the send itself is stored. */
export async function storeFiles(
  store: Store,
  send: StoredSend,
  attachments: readonly OutgoingAttachment[],
): Promise<StoredSend> {
  if (!send.mail) return send;
  const files: SendFile[] = [];
  for (const [index, file] of send.mail.files.entries()) {
    const content = attachments[index]?.contentBase64?.replace(/\s+/g, '');
    if (content === undefined) files.push(file);
    else files.push({ ...file, ...(await storeParts(store, send, index, content)) });
  }
  return { ...send, mail: { ...send.mail, files } };
}

async function storeParts(store: Store, send: StoredSend, file: number, content: string) {
  const texts = cutUp(content);
  for (const [part, text] of texts.entries()) {
    // Already there: an earlier run of the same request, with the same content.
    await PARTS.put(store, { ...sendFileAddress(send, { file, part }), value: { text } }, 0);
  }
  return {
    parts: texts.length,
    bytes: attachmentBytes({ filename: '', contentType: '', contentBase64: content }),
    hash: hashOf(content),
  };
}

async function contentOf(store: Store, send: StoredSend, index: number, file: SendFile): Promise<string> {
  const texts: string[] = [];
  for (let part = 0; part < (file.parts ?? 0); part += 1) {
    const stored = readable(await PARTS.get(store, sendFileAddress(send, { file: index, part })));
    if (!stored || stored.value.text === '') throw new FileNotWhole(file.filename);
    texts.push(stored.value.text);
  }
  const content = texts.join('');
  // Files of the first version carry no hash.
  if (file.hash !== undefined && hashOf(content) !== file.hash) throw new FileNotWhole(file.filename);
  return content;
}

/** The files as the provider takes them: by URL, or fetched and read into memory. Throws {@link FileNotWhole}. */
export async function loadFiles(
  { store, fetchFile }: Pick<SendingPorts, 'store' | 'fetchFile'>,
  send: StoredSend,
  { attachments: takes }: Takes,
): Promise<readonly OutgoingAttachment[]> {
  const loaded: OutgoingAttachment[] = [];
  for (const [index, stored] of (send.mail?.files ?? []).entries()) {
    const { filename, contentType, url } = stored;
    const file = { filename, contentType };
    if (takes.by === 'url') loaded.push({ ...file, url: url ?? '' });
    else if (url === undefined) loaded.push({ ...file, contentBase64: await contentOf(store, send, index, stored) });
    else loaded.push({ ...file, ...(await fetchFile(url, takes.bytesMax)) });
  }
  return loaded;
}

/** Empties what was stored of the files; nothing is ever deleted. */
export async function redactFiles(store: Store, send: StoredSend): Promise<void> {
  for (const [file, { parts = 0 }] of (send.mail?.files ?? []).entries()) {
    for (let part = 0; part < parts; part += 1) {
      await PARTS.update(
        store,
        sendFileAddress(send, { file, part }),
        (stored) => (stored && stored.value.text !== '' ? { value: { text: '' } } : 'keep'),
        { tries: TRIES },
      );
    }
  }
}
