import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { inflateRawSync } from 'node:zlib';

/** Source: the .ZIP file format specification, 4.3: end of central directory, central directory, local headers. */
const END = 0x06054b50;
const ENTRY = 0x02014b50;
const END_BYTES = 22;
const STORED = 0;

interface ZipEntry {
  readonly name: string;
  readonly method: number;
  readonly bytes: number;
  readonly at: number;
}

function entriesOf(zip: Buffer): readonly ZipEntry[] {
  let end = zip.length - END_BYTES;
  while (end > 0 && zip.readUInt32LE(end) !== END) end -= 1;
  const entries: ZipEntry[] = [];
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    if (zip.readUInt32LE(at) !== ENTRY) throw new Error('The zip has no readable directory.');
    const nameBytes = zip.readUInt16LE(at + 28);
    entries.push({
      name: zip.toString('utf8', at + 46, at + 46 + nameBytes),
      method: zip.readUInt16LE(at + 10),
      bytes: zip.readUInt32LE(at + 20),
      at: zip.readUInt32LE(at + 42),
    });
    at += 46 + nameBytes + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return entries;
}

/** Writes what a function's zip holds into a folder, as AWS does. */
export function unzip(file: string, folder: string): void {
  const zip = readFileSync(file);
  for (const { name, method, bytes, at } of entriesOf(zip)) {
    if (name.endsWith('/')) continue;
    if (normalize(name).startsWith('..')) throw new Error(`${file} holds ${name}, which lies outside of it.`);
    const from = at + 30 + zip.readUInt16LE(at + 26) + zip.readUInt16LE(at + 28);
    const packed = zip.subarray(from, from + bytes);
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, method === STORED ? packed : inflateRawSync(packed));
  }
}
