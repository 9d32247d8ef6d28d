import type { Message, Person } from '../model.ts';
import { leadsTo } from './links.ts';
import type { SendFile } from './send.ts';

/** Everybody in one field, in no order. */
export const mailboxes = (people: readonly (Person | string)[]): ReadonlySet<string> =>
  new Set(people.map((person) => (typeof person === 'string' ? person : person.email).trim().toLowerCase()));

export const equal = (one: ReadonlySet<string>, other: ReadonlySet<string>) =>
  one.size === other.size && [...one].every((mailbox) => other.has(mailbox));

const nameOf = (filename: string) => filename.normalize('NFC').trim();

/** Takes out of `shown` what is this file. */
function takeFile(file: SendFile, shown: Message['attachments'][number][]): boolean {
  const at = shown.findIndex(({ filename, sizeBytes, url }) => {
    if (nameOf(filename) !== nameOf(file.filename)) return false;
    if (sizeBytes !== undefined && file.bytes !== undefined && sizeBytes !== file.bytes) return false;
    return url === undefined || file.url === undefined || leadsTo(url, file.url);
  });
  if (at >= 0) shown.splice(at, 1);
  return at >= 0;
}

/** What is left of a message's files without ours; undefined where one of ours is missing. */
export function filesBesides({ attachments }: Message, files: readonly SendFile[]) {
  const shown = [...attachments];
  return files.every((file) => takeFile(file, shown)) ? shown : undefined;
}
