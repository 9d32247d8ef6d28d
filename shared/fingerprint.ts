import { hash } from 'node:crypto';
import type { Message } from './model.ts';

/** A short name for a piece of data, the same wherever and whenever it is made. */
export function digest(data: unknown): string {
  return hash('sha256', JSON.stringify(data) ?? '').slice(0, 32);
}

/** Links are signed anew at each reading by some vendors, and so are attributes and comments; what a reader reads stays. */
const MARKUP = /<\/?[a-z][a-z0-9:-]*(?:\s[^<>]*)?\/?>|<![^<>]*>/gi;
const LINKS = /\bhttps?:\/\/[^\s"'<>]+/gi;

/** The name of a message whose vendor gives it none. */
export function fingerprint({ from, sentAt, subject, text, html }: Omit<Message, 'id'>): string {
  const words = text ?? html?.replace(MARKUP, ' ') ?? '';
  const read = words.replace(LINKS, '').replace(/\s+/g, ' ').trim();
  return digest([from.email.toLowerCase(), sentAt, subject ?? '', read]);
}

/** Whether the vendor gave it no id of its own. */
export const isNamedByUs = (message: Message): boolean => message.id === fingerprint(message);
