import type { OutputField } from './platform.ts';

/**
 * Every field the app gives out, with a value a reader would recognise. Output fields and samples are both made from this
 * list, so that they cannot disagree.
 */
interface Entry extends OutputField {
  readonly sample: unknown;
}

const entry = (key: string, label: string, sample: unknown, more: Omit<OutputField, 'key' | 'label'> = {}): Entry => ({
  key,
  label,
  sample,
  ...more,
});
const boolean = { type: 'boolean' } as const;
const datetime = { type: 'datetime' } as const;
const integer = { type: 'integer' } as const;
const list = { list: true } as const;

const THREAD = 'd290f1ee-6c54-4b01-90e6-d701748f0851';
const CAMPAIGN = '6f2a7c1e-88b1-4c59-9f0a-0f4d7f6f2c11';
const MESSAGE = 'a81bc81b-dead-4e5d-abff-90865d1e13b1';

const LEAD: readonly Entry[] = [
  entry('lead_email', 'Lead Email', 'jane.doe@acme.example'),
  entry('lead_name', 'Lead Name', 'Jane Doe'),
  entry('lead_first_name', 'Lead First Name', 'Jane'),
  entry('lead_last_name', 'Lead Last Name', 'Doe'),
];

const WHERE: readonly Entry[] = [
  entry('provider', 'Provider', 'coldsend'),
  entry('campaign_id', 'Campaign ID', CAMPAIGN),
  entry('campaign_name', 'Campaign Name', 'Q1 Product Launch'),
  ...LEAD,
];

const STATE: readonly Entry[] = [
  entry('intent', 'Intent', 'interested'),
  entry('interested', 'Interested', true, boolean),
  entry('starred', 'Starred', false, boolean),
  entry('read', 'Read', false, boolean),
  entry('tags', 'Tags', ['enterprise'], list),
  entry('last_activity_at', 'Last Activity At', '2025-01-20T14:32:05.000Z', datetime),
  entry('message_count', 'Message Count', 2, integer),
];

const fileEntries = (more: readonly Entry[]): readonly Entry[] => [
  entry('filename', 'File Name', 'requirements.pdf'),
  entry('content_type', 'Content Type', 'application/pdf'),
  entry('size_bytes', 'Size In Bytes', 48_213, integer),
  entry('url', 'URL', 'https://files.acme.example/requirements.pdf'),
  ...more,
];

function filesEntry(more: readonly Entry[]): Entry {
  const parts = fileEntries(more);
  return entry('attachments', 'Attachments', [sampleOf(parts)], { children: outputFieldsOf(parts) });
}

const FILES = filesEntry([]);
/** The file itself, fetched only when a later step uses it. */
const FILES_WITH_CONTENT = filesEntry([entry('file', 'File', 'SAMPLE FILE', { type: 'file' })]);

const WORDS: readonly Entry[] = [
  entry('from_email', 'From Email', 'jane.doe@acme.example'),
  entry('from_name', 'From Name', 'Jane Doe'),
  entry('to', 'To', ['alex@yourcompany.example'], list),
  entry('cc', 'Cc', ['sam@acme.example'], list),
  entry('subject', 'Subject', 'Re: Faster onboarding at Acme'),
  entry('text', 'Text', 'Hi Alex,\n\nthis looks useful. Could you show us a demo on Thursday?\n\nJane'),
  entry('html', 'HTML', '<p>Hi Alex,</p><p>this looks useful. Could you show us a demo on Thursday?</p><p>Jane</p>'),
  entry('sent_at', 'Sent At', '2025-01-20T14:32:05.000Z', datetime),
];

/** Where one's own deployment has a console. */
const LINK = entry('thread_url', 'Thread Link', `https://replies.acme.example/#/inbox/sales/${THREAD}`);

const EVENT_ID = 'evt_mfrggzdfmztwq2lknnwg23tpobyxe43u';

export type Entries = readonly Entry[];

export const REPLY: readonly Entry[] = [
  entry('id', 'Event ID', EVENT_ID, { primary: true }),
  entry('thread_id', 'Thread ID', THREAD),
  ...WHERE,
  entry('message_id', 'Message ID', MESSAGE),
  entry('is_first_reply', 'Is First Reply', true, boolean),
  ...WORDS,
  entry('preview', 'Preview', 'Hi Alex, this looks useful. Could you show us a demo on Thursday?'),
  entry('mailbox', 'Mailbox', 'alex@yourcompany.example'),
  FILES_WITH_CONTENT,
  ...STATE,
  entry('truncated', 'Truncated', false, boolean),
  LINK,
  entry('vendor', 'Vendor Fields', {}, { dict: true }),
  entry('thread_history', 'Thread History', 'Alex, 2025-01-18: Hi Jane, …\n\nJane Doe, 2025-01-20: Hi Alex, …'),
];

const CONNECTION = entry('connection', 'Connection', 'sales');

/** What a deployment of one's own tells, under the same names. */
const withConnection = (entries: Entries): Entries =>
  entries.flatMap((each) => {
    if (each.key === 'provider') return [CONNECTION, each];
    return each.key === 'thread_id' ? [{ ...each, sample: `sales/${THREAD}` }] : [each];
  });

export const INSTANT: Entries = withConnection(REPLY);

export const DECISION: Entries = [
  entry('id', 'Event ID', EVENT_ID, { primary: true }),
  entry('send_id', 'Send ID', 'snd_mfrggzdfmztwq2lk'),
  entry('thread_id', 'Thread ID', `sales/${THREAD}`),
  CONNECTION,
  entry('provider', 'Provider', 'coldsend'),
  entry('kind', 'Kind', 'reply'),
  entry('attempt', 'Attempt', 1, integer),
  entry('detail', 'Detail', 'Look into the conversation, then say whether the mail was sent.'),
  entry('asked_at', 'Asked At', '2025-01-20T14:32:05.000Z', datetime),
  LINK,
];

export const THREAD_ITEM: readonly Entry[] = [
  entry('id', 'Thread ID', THREAD, { primary: true }),
  ...WHERE,
  entry('subject', 'Subject', 'Faster onboarding at Acme'),
  entry('preview', 'Preview', 'Hi Alex, this looks useful. Could you show us a demo on Thursday?'),
  ...STATE,
  LINK,
  entry('vendor', 'Vendor Fields', {}, { dict: true }),
];

export const DEPLOYED_THREAD: Entries = withConnection(
  THREAD_ITEM.map((each) => (each.key === 'id' ? { ...each, sample: `sales/${THREAD}` } : each)),
);

export const MESSAGE_ITEM: readonly Entry[] = [
  entry('id', 'Message ID', MESSAGE, { primary: true }),
  entry('thread_id', 'Thread ID', THREAD),
  entry('direction', 'Direction', 'inbound'),
  ...WORDS,
  FILES,
  entry('vendor', 'Vendor Fields', {}, { dict: true }),
];

export const SENT: readonly Entry[] = [
  entry('id', 'Send ID', '5f0c4f0a9b7d4a7e8c1d2e3f', { primary: true }),
  entry('thread_id', 'Thread ID', THREAD),
  ...LEAD,
  entry('subject', 'Subject', 'Faster onboarding at Acme'),
  entry('status', 'Status', 'sent'),
  entry('meaning', 'Meaning', 'ColdSend accepted the mail.'),
  entry('was_sent_before', 'Was Sent Before', false, boolean),
  entry('message_id', 'Message ID', '<c0ffee@mail.yourcompany.example>'),
  entry('recipients_refused', 'Recipients Refused', ['nobody@acme.example'], list),
];

export const STARRED: readonly Entry[] = [
  entry('id', 'Thread ID', THREAD, { primary: true }),
  entry('starred', 'Starred', true, boolean),
];

export const MARKED: readonly Entry[] = [
  entry('id', 'Thread ID', THREAD, { primary: true }),
  entry('read', 'Read', true, boolean),
];

export const CAMPAIGN_ITEM: readonly Entry[] = [
  entry('id', 'Campaign ID', CAMPAIGN, { primary: true }),
  entry('name', 'Campaign Name', 'Q1 Product Launch'),
  entry('status', 'Status', 'active'),
  entry('vendor', 'Vendor Fields', {}, { dict: true }),
];

export const STATUS_CHANGE: readonly Entry[] = [
  entry('id', 'Change ID', 'cst_9f86d081884c7d659a2feaa0c55ad015', { primary: true }),
  entry('provider', 'Provider', 'coldsend'),
  entry('campaign_id', 'Campaign ID', CAMPAIGN),
  entry('campaign_name', 'Campaign Name', 'Q1 Product Launch'),
  entry('status', 'Status', 'completed'),
  entry('previous_status', 'Previous Status', 'active'),
  entry('seen_at', 'Seen At', '2025-01-20T14:32:05.000Z', datetime),
  entry('vendor', 'Vendor Fields', {}, { dict: true }),
];

export const CHOICE: readonly Entry[] = [
  entry('id', 'ID', CAMPAIGN, { primary: true }),
  entry('name', 'Name', 'Q1 Product Launch'),
];

export function outputFieldsOf(entries: readonly Entry[]): readonly OutputField[] {
  return entries.map(({ sample: _, ...field }) => field);
}

/** `provider`: whose values are shown where an app has one provider only. */
export function sampleOf(entries: readonly Entry[], provider?: string): Readonly<Record<string, unknown>> {
  const pairs = entries.map(({ key, sample }) => [key, key === 'provider' && provider ? provider : sample]);
  return Object.fromEntries(pairs);
}
