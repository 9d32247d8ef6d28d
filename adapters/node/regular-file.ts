import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';

export type FileTrouble = 'absent' | 'no file' | 'unreadable' | 'too large';

/** A device tells no size, and a file may grow while it is read: what comes is counted. */
async function contentOf(handle: FileHandle, bytesMax: number): Promise<Buffer | FileTrouble> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of handle.createReadStream({ end: bytesMax, autoClose: false })) {
    bytes += chunk.length;
    chunks.push(chunk);
  }
  return bytes > bytesMax ? 'too large' : Buffer.concat(chunks);
}

/**
 * A whole file of at most so many bytes, or why there is none. A pipe would keep whoever reads it waiting for ever, a device
 * could give bytes without end: neither is read, not even opened in a way that waits.
 */
export async function readRegularFile(path: string, bytesMax: number): Promise<Buffer | FileTrouble> {
  const found = await stat(path).catch(() => undefined);
  if (!found) return 'absent';
  if (!found.isFile()) return 'no file';
  if (found.size > bytesMax) return 'too large';
  try {
    await using handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    return (await handle.stat()).isFile() ? await contentOf(handle, bytesMax) : 'no file';
  } catch {
    return 'unreadable';
  }
}
