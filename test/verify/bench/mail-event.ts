import { compose } from '../../../shared/events/compose.ts';
import type { Message, Thread } from '../../../shared/model.ts';
import type { MailShape } from './mail-shapes.ts';

const lead = { email: 'lead@customer.example', name: 'Bob Lead' };

const THREAD: Thread = {
  id: 't',
  key: 't',
  lead,
  campaign: null,
  box: 'reply',
  interested: false,
  tags: [],
  lastActivityAt: 0,
  vendor: {},
};

/** What an event about a mail costs, from the vendor's answer on. */
export function composed(body: ReturnType<MailShape['body']>) {
  const message: Message = {
    id: 'm',
    direction: 'inbound',
    from: lead,
    to: [],
    cc: [],
    bcc: [],
    sentAt: 0,
    attachments: [],
    vendor: {},
    ...body,
  };
  const content = { messages: [message], unreadable: [], campaign: null };
  return compose({ type: 'reply.received', connection: 'c', provider: 'p', thread: THREAD, content, message }, 0);
}
