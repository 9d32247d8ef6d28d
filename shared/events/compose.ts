import type { Attachment, Message, Person } from '../model.ts';
import { Extent } from '../text/extent.ts';
import { cleanLine, cut, wellFormedObject } from '../text/plain.ts';
import { ownText } from '../text/read.ts';
import { sanitiseHtml } from '../text/sanitise.ts';
import type { ReplyData } from './event.ts';
import { EVENT_BYTES_MAX, fitEvent } from './fit.ts';
import type { Compose, Happening } from './happening.ts';

const PREVIEW_CHARACTERS = 200;
/** Of HTML; most of what is shorter fits for sure. */
const COUNTED_CHARACTERS_MIN = EVENT_BYTES_MAX / 3;

type EventMessage = ReplyData['message'];
type EventThread = ReplyData['thread'];

const person = ({ email, name }: Person) => ({
  email: cleanLine(email),
  name: name === undefined ? null : cleanLine(name),
});

const lineOrNull = (text: string | undefined) => (text === undefined ? null : cleanLine(text));

const preview = (text: string) => cut(cleanLine(text), PREVIEW_CHARACTERS);

const iso = (instant: number) => new Date(instant).toISOString();

const attachment = ({ filename, contentType, sizeBytes, url }: Attachment) => ({
  filename: cleanLine(filename),
  contentType: cleanLine(contentType),
  sizeBytes: sizeBytes ?? null,
  url: url?.toWellFormed() ?? null,
});

function eventThread({ connection, thread }: Happening, lastActivityAt: string): EventThread {
  return {
    id: `${connection}/${thread.id}`,
    subject: lineOrNull(thread.subject),
    intent: lineOrNull(thread.intent),
    interested: thread.interested,
    starred: thread.starred ?? null,
    read: thread.read ?? null,
    tags: thread.tags.map(cleanLine),
    preview: thread.preview === undefined ? null : preview(thread.preview),
    lastActivityAt,
    messageCount: thread.messageCount ?? null,
  };
}

interface Reading {
  readonly text: string;
  /** Undefined where the HTML cannot fit into an event. */
  readonly html: string | undefined;
}

/** The message's HTML as events carry it, empty where it has none; undefined where it cannot fit into an event. */
export const safeHtmlOf = async ({ html }: Message, extent?: Extent): Promise<string | undefined> =>
  html?.trim() ? await sanitiseHtml(html, EVENT_BYTES_MAX, extent) : '';

/** Long HTML is read once for its text and to see whether it fits. */
async function read(message: Message): Promise<Reading> {
  const extent = (message.html?.length ?? 0) > COUNTED_CHARACTERS_MIN ? new Extent() : undefined;
  const text = ownText(message, extent);
  return { text, html: message.html === undefined ? '' : await safeHtmlOf(message, extent) };
}

/** A reply is read once for both of its events, which are composed one after the other. */
const READINGS = new WeakMap<Message, Promise<Reading>>();

function readingOf(message: Message): Promise<Reading> {
  const known = READINGS.get(message);
  if (known) return known;
  const reading = read(message);
  READINGS.set(message, reading);
  return reading;
}

function eventMessage({ content, message }: Happening, { text, html }: Reading, sentAt: string): EventMessage {
  const first = content.messages.find(({ direction }) => direction === 'inbound');
  return {
    id: message.id,
    isFirst: first?.id === message.id,
    mailbox: lineOrNull(content.mailbox),
    from: person(message.from),
    to: message.to.map(person),
    cc: message.cc.map(person),
    bcc: message.bcc.map(person),
    subject: lineOrNull(message.subject),
    preview: preview(text),
    text,
    html: html || null,
    sentAt,
    attachments: message.attachments.map(attachment),
  };
}

function campaign({ thread, content }: Happening): ReplyData['campaign'] {
  const id = content.campaign?.id ?? thread.campaign?.id;
  const name = content.campaign?.name ?? thread.campaign?.name;
  return id === undefined && name === undefined ? null : { id: id ?? null, name: lineOrNull(name) };
}

/** The event as the design of the payload demands it, at most 200 KB long. */
export const compose: Compose = async (happening, recordedAt) => {
  const { connection, provider, thread, message, backfill } = happening;
  const reading = await readingOf(message);
  const sentAt = iso(message.sentAt);
  // Mostly the reply itself; to write a time takes as long as to read a few lines.
  const lastActivityAt = thread.lastActivityAt === message.sentAt ? sentAt : iso(thread.lastActivityAt);
  const data: ReplyData = {
    connection,
    provider,
    campaign: campaign(happening),
    lead: person(thread.lead),
    thread: eventThread(happening, lastActivityAt),
    message: eventMessage(happening, reading, sentAt),
    vendor: wellFormedObject({ ...thread.vendor, ...message.vendor }),
    ...(backfill && { backfill }),
    ...(reading.html === undefined && { truncated: true as const }),
  };
  return fitEvent({ type: happening.type, timestamp: iso(recordedAt), data });
};
