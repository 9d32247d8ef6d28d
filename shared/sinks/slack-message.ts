import { type Event, type ReplyData, whyOf } from '../events/event.ts';

/** Source: Slack's Block Kit reference: text of a header, of a section, of one element of a context block. */
const HEADER_MAX = 150;
const SECTION_MAX = 3_000;
const CONTEXT_MAX = 500;

/** Source: Slack, "Formatting text": these three alone have a meaning in any text, and these are their escapes. */
const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Escaped, and cut to what fits after that, never inside a character or an escape. */
export function escaped(text: string, most: number): string {
  let fitting = '';
  for (const char of text) {
    const next = ESCAPES[char] ?? char;
    if (fitting.length + next.length > most - 1) return `${fitting}…`;
    fitting += next;
  }
  return fitting;
}

interface PlainText {
  readonly type: 'plain_text';
  readonly text: string;
  /** No `:word:` becomes a picture. */
  readonly emoji: false;
}

interface Markup {
  readonly type: 'mrkdwn';
  readonly text: string;
}

export type SlackBlock =
  | { readonly type: 'header' | 'section'; readonly text: PlainText | Markup }
  | { readonly type: 'context'; readonly elements: readonly PlainText[] };

export interface SlackMessage {
  /** For the notification, and for whoever shows no blocks. */
  readonly text: string;
  readonly mrkdwn: false;
  readonly parse: 'none';
  readonly link_names: false;
  readonly unfurl_links: false;
  readonly unfurl_media: false;
  readonly blocks: readonly SlackBlock[];
}

/** What a stranger wrote is never markup: no bold, no link, no mention. An empty text is refused by Slack. */
const plain = (text: string, most: number): PlainText => ({
  type: 'plain_text',
  text: escaped(text.trim() || '(no text)', most),
  emoji: false,
});

function message(title: string, blocks: readonly SlackBlock[]): SlackMessage {
  return {
    text: escaped(title, SECTION_MAX),
    mrkdwn: false,
    parse: 'none',
    link_names: false,
    unfurl_links: false,
    unfurl_media: false,
    blocks: [{ type: 'header', text: plain(title, HEADER_MAX) }, ...blocks],
  };
}

function linkOf(consoleUrl: string, thread: string): SlackBlock {
  const slash = thread.indexOf('/');
  const id = `${thread.slice(0, slash)}/${encodeURIComponent(thread.slice(slash + 1))}`;
  const url = new URL(`#/inbox/${id}`, consoleUrl.endsWith('/') ? consoleUrl : `${consoleUrl}/`);
  return {
    type: 'section',
    text: { type: 'mrkdwn', text: `<${url.href.replaceAll('|', '%7C')}|Open in the console>` },
  };
}

function replyMessage(type: string, data: ReplyData, consoleUrl: string | undefined): SlackMessage {
  const { lead, campaign, thread, message: reply, connection } = data;
  const from = lead.name ? `${lead.name} (${lead.email})` : lead.email;
  const title = `${type === 'reply.interested' ? 'Interested' : 'New reply'}: ${from}`;
  const about = [
    `Campaign: ${campaign?.name ?? campaign?.id ?? 'none'}`,
    ...(thread.intent === null ? [] : [`Label: ${thread.intent}`]),
    ...(reply.subject === null ? [] : [`Subject: ${reply.subject}`]),
    `Connection: ${connection}`,
  ];
  return message(title, [
    { type: 'section', text: plain(reply.text, SECTION_MAX) },
    { type: 'context', elements: about.map((line) => plain(line, CONTEXT_MAX)) },
    ...(consoleUrl === undefined ? [] : [linkOf(consoleUrl, thread.id)]),
  ]);
}

/** Who, what they wrote, its campaign and label, and where to answer. */
export function slackMessage(event: Event, consoleUrl?: string): SlackMessage {
  if (event.type === 'reply.received' || event.type === 'reply.interested')
    return replyMessage(event.type, event.data, consoleUrl);
  const about = 'sink' in event.data ? event.data.sink : event.data.connection;
  return message(`${event.type}: ${about}`, [{ type: 'section', text: plain(whyOf(event.data), SECTION_MAX) }]);
}
