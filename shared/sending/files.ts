import type { OutgoingAttachment, Takes } from '../provider.ts';
import type { Store } from '../store/store.ts';
import type { SendingPorts } from './ports.ts';
import { fileAddress, type SendFile, type StoredSend } from './send.ts';

/** A document of the store holds 400 KB. */
const PART_CHARACTERS = 300_000;

const cutUp = (base64: string): readonly string[] =>
  Array.from({ length: Math.ceil(base64.length / PART_CHARACTERS) }, (_, part) =>
    base64.slice(part * PART_CHARACTERS, (part + 1) * PART_CHARACTERS),
  );

/** Keeps the contents of files in documents of their own, before the send itself is kept. */
export async function storeFiles(
  store: Store,
  send: StoredSend,
  attachments: readonly OutgoingAttachment[],
): Promise<StoredSend> {
  if (!send.mail) return send;
  const files: SendFile[] = [];
  for (const [index, file] of send.mail.files.entries()) {
    const content = attachments[index]?.contentBase64?.replace(/\s+/g, '');
    const parts = content === undefined ? undefined : cutUp(content);
    for (const [part, text] of (parts ?? []).entries()) {
      // Already there: an earlier run of the same request, with the same content.
      await store.put({ ...fileAddress(send, index, part), value: { text } }, 0);
    }
    files.push(parts === undefined ? file : { ...file, parts: parts.length });
  }
  return { ...send, mail: { ...send.mail, files } };
}

async function contentOf(store: Store, send: StoredSend, index: number, parts: number): Promise<string> {
  const texts: string[] = [];
  for (let part = 0; part < parts; part += 1) {
    const document = await store.get(fileAddress(send, index, part));
    texts.push(String(document?.value.text ?? ''));
  }
  return texts.join('');
}

/** The files as the provider takes them: by URL, or fetched and read into memory. */
export async function loadFiles(
  { store, fetchFile }: Pick<SendingPorts, 'store' | 'fetchFile'>,
  send: StoredSend,
  { attachments: takes }: Takes,
): Promise<readonly OutgoingAttachment[]> {
  const loaded: OutgoingAttachment[] = [];
  for (const [index, { filename, contentType, url, parts }] of (send.mail?.files ?? []).entries()) {
    const file = { filename, contentType };
    if (takes.by === 'url') loaded.push({ ...file, url: url ?? '' });
    else if (url === undefined)
      loaded.push({ ...file, contentBase64: await contentOf(store, send, index, parts ?? 0) });
    else loaded.push({ ...file, ...(await fetchFile(url, takes.bytesMax)) });
  }
  return loaded;
}

/** Empties what was kept of the files; nothing is ever deleted. */
export async function forgetFiles(store: Store, send: StoredSend): Promise<void> {
  for (const [index, { parts = 0 }] of (send.mail?.files ?? []).entries()) {
    for (let part = 0; part < parts; part += 1) {
      const address = fileAddress(send, index, part);
      const document = await store.get(address);
      if (document && document.value.text !== '')
        await store.put({ ...address, value: { text: '' } }, document.version);
    }
  }
}
