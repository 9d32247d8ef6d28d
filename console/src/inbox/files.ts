import type { ConnectionView, OutgoingFile } from '../core/api.ts';

type Takes = ConnectionView['can']['reply']['attachments'];

const MEGABYTE = 1_048_576;

export interface ChosenFile extends OutgoingFile {
  readonly bytes: number;
}

function base64(bytes: Uint8Array): string {
  let text = '';
  const step = 0x8000;
  for (let at = 0; at < bytes.length; at += step) text += String.fromCharCode(...bytes.subarray(at, at + step));
  return btoa(text);
}

/** A file from this computer, whole. */
export async function readFile(file: File): Promise<ChosenFile> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  return {
    filename: file.name,
    contentType: file.type === '' ? 'application/octet-stream' : file.type,
    contentBase64: base64(bytes),
    bytes: bytes.length,
  };
}

/** Why these files cannot go, before anything is sent; undefined when they can. */
export function complaint(files: readonly ChosenFile[], takes: Takes): string | undefined {
  if (takes.countMax !== null && files.length > takes.countMax)
    return `At most ${takes.countMax} files fit into one mail here; take ${files.length - takes.countMax} out.`;
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  if (takes.bytesMax !== null && bytes > takes.bytesMax)
    return `These files are ${(bytes / MEGABYTE).toFixed(1)} MB and at most ${Math.floor(takes.bytesMax / MEGABYTE)} MB fit into one mail here; take one out.`;
  const empty = files.find((file) => file.bytes === 0 && file.url === undefined);
  return empty && `${empty.filename} is empty; take it out or choose it again.`;
}

export function sizeText(bytes: number): string {
  if (bytes < 1_024) return `${bytes} B`;
  return bytes < MEGABYTE ? `${Math.round(bytes / 1_024)} KB` : `${(bytes / MEGABYTE).toFixed(1)} MB`;
}

/** A file for a vendor that fetches it itself. */
export function fileByAddress(address: string): ChosenFile | undefined {
  if (!URL.canParse(address)) return undefined;
  const { protocol, pathname } = new URL(address);
  if (protocol !== 'https:' && protocol !== 'http:') return undefined;
  const last = pathname.split('/').findLast((part) => part !== '') ?? 'file';
  let filename = last;
  try {
    filename = decodeURIComponent(last);
  } catch {
    // The name as it stands is a name too.
  }
  return { filename, contentType: 'application/octet-stream', url: address, bytes: 0 };
}
