const BOMS: readonly (readonly [charset: string, bytes: readonly number[]])[] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
];
/** What no text holds: the mark of UTF-32, of which no program writes mail, and binary files. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
const BINARY = /[\u0000-\u0008\u000e-\u001a\u001c-\u001f]/;

/** The words in a file by its byte order mark, else as UTF-8; undefined for what is neither. Nothing is guessed. */
export function decodeText(bytes: Uint8Array): string | undefined {
  const [charset = 'utf-8'] = BOMS.find(([, mark]) => mark.every((byte, at) => bytes[at] === byte)) ?? [];
  try {
    const text = new TextDecoder(charset, { fatal: true }).decode(bytes);
    return BINARY.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}
