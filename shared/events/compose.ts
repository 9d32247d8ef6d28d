import type { Attachment, Message, Person, Thread } from '../model.ts';
import { isTooLarge, sanitiseHtml, textFromHtml } from '../text/html.ts';
import { cleanLine, cleanText, cut, wellFormedObject } from '../text/plain.ts';
import { trimQuoted } from '../text/quotes.ts';
import type { ReplyData } from './event.ts';
import { fitEvent } from './fit.ts';
import type { Compose, Happening } from './happening.ts';

const PREVIEW_CHARACTERS = 200;

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

function eventThread(connection: string, thread: Thread): EventThread {
  return {
    id: `${connection}/${thread.id}`,
    subject: lineOrNull(thread.subject),
    intent: lineOrNull(thread.intent),
    interested: thread.interested,
    starred: thread.starred ?? null,
    read: thread.read ?? null,
    tags: thread.tags.map(cleanLine),
    preview: thread.preview === undefined ? null : preview(thread.preview),
    lastActivityAt: iso(thread.lastActivityAt),
    messageCount: thread.messageCount ?? null,
  };
}

/** The vendor's own text where it gives one, else the text of its HTML; without the history below the answer. */
async function readableText({ text, html }: Message): Promise<string> {
  if (text?.trim()) return trimQuoted(cleanText(text));
  return html === undefined ? '' : trimQuoted(await textFromHtml(html, { history: false }));
}

async function eventMessage({ content, message }: Happening): Promise<EventMessage> {
  const text = await readableText(message);
  const html = message.html?.trim() ? await sanitiseHtml(message.html) : undefined;
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
    sentAt: iso(message.sentAt),
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
  const data: ReplyData = {
    connection,
    provider,
    campaign: campaign(happening),
    lead: person(thread.lead),
    thread: eventThread(connection, thread),
    message: await eventMessage(happening),
    vendor: wellFormedObject({ ...thread.vendor, ...message.vendor }),
    ...(backfill && { backfill }),
    ...(isTooLarge(message.html ?? '') && { truncated: true as const }),
  };
  return fitEvent({ type: happening.type, timestamp: iso(recordedAt), data });
};
