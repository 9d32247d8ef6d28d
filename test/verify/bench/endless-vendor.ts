import type { Instant, Message, Thread } from '../../../shared/model.ts';
import type { Connection, Feed, FeedReader, ThreadContent } from '../../../shared/provider.ts';
import { providerNamed } from '../../../shared/providers/index.ts';
import { REPLY_TEXT } from './reply-text.ts';

const PAGE_ROWS = 100;
const STEP_MS = 60_000;
const WORKSPACE: Feed = { id: 'workspace', campaign: null };
/** One thread in so many is interested. */
const INTERESTED_ONE_IN = 20;

const threadAt = (newest: Instant, index: number): Thread => ({
  id: `thread-${index}`,
  key: `thread-${index}`,
  campaign: { id: 'campaign', name: 'Campaign' },
  lead: { email: `lead${index}@customer.example`, name: `Lead ${index}` },
  box: 'reply',
  subject: 'Re: Quick question',
  interested: index % INTERESTED_ONE_IN === 0,
  tags: [],
  preview: 'thanks for reaching out',
  lastActivityAt: newest - index * STEP_MS,
  messageCount: 1,
  vendor: {},
});

const messageOf = ({ id, lead, lastActivityAt }: Thread): Message => ({
  id: `${id}-message`,
  direction: 'inbound',
  from: lead,
  to: [{ email: 'sam@company.example' }],
  cc: [],
  bcc: [],
  subject: 'Re: Quick question',
  text: REPLY_TEXT,
  html: `<p>${REPLY_TEXT.replaceAll('\n', '<br>')}</p>`,
  sentAt: lastActivityAt,
  attachments: [],
  vendor: {},
});

/** A list of any length that is made up page by page, so that the vendor's side takes no memory here. */
export function endlessFeed(threads: number, newest: Instant): FeedReader {
  return {
    pageRowsMax: PAGE_ROWS,
    interestedScanMs: 3_600_000,
    feeds: async () => [WORKSPACE],
    callsPerPoll: { 'list threads': 2, 'read thread': 0.7 },
    async rows(_feed, { position = '0', rows: most, interested }) {
      const offset = Number(position);
      const step = interested ? INTERESTED_ONE_IN : 1;
      const total = Math.ceil(threads / step);
      const count = Math.max(0, Math.min(most, PAGE_ROWS, total - offset));
      const rows = Array.from({ length: count }, (_, index) => threadAt(newest, (offset + index) * step));
      const date = newest + 24 * 3_600_000;
      const end = offset + count;
      const page = { rows, unreadable: [], received: count, total, date, ...(end < total && { next: String(end) }) };
      return { date, calls: 1, fingerprint: () => `${step} ${offset}`, page: () => page };
    },
    async open(opened): Promise<ThreadContent> {
      return { messages: [messageOf(opened)], unreadable: [], campaign: { id: 'campaign', name: 'Campaign' } };
    },
  };
}

/** A connection whose feed is that list. */
export function endlessConnection(threads: number, newest: Instant): Connection {
  const provider = providerNamed('coldsend');
  if (!provider) throw new Error('coldsend');
  const ports = {
    http: () => Promise.reject(new Error('no call is made')),
    clock: { now: () => newest, sleep: async () => undefined },
    random: () => 0.5,
    log: { info: () => {}, warn: () => {} },
  };
  return { ...provider.connect({ apiKey: 'bench', quotaShare: 1 }, ports), feeds: endlessFeed(threads, newest) };
}
