import { createHash } from 'node:crypto';
import type { Event } from '../events/event.ts';
import { UserError } from '../failure.ts';
import { BASE_URL, text } from '../fields.ts';
import { defineSink } from './define-sink.ts';
import { faultName } from './fault-name.ts';

/** Queues that a deployment may write to; serverless.yml's `queues`. */
const PREFIX = 'replybus-sink-';
const PATH = /^\/\d{12}\/([A-Za-z0-9_-]{1,80}|[A-Za-z0-9_-]{1,75}\.fifo)$/;

/** The queue's name, or undefined where this is no queue's URL. */
function nameOf(queue: string): string | undefined {
  return URL.canParse(queue) && BASE_URL.test(queue) ? PATH.exec(new URL(queue).pathname)?.[1] : undefined;
}

/** What is kept in order: a thread. A group's name takes fewer characters than a thread's id may have. */
function groupOf({ data }: Event): string {
  const about = 'thread' in data && typeof data.thread === 'object' ? data.thread?.id : undefined;
  const whole = about ?? ('connection' in data ? data.connection : data.sink);
  return createHash('sha256').update(whole).digest('hex').slice(0, 40);
}

/** A queue takes the characters of XML; JSON can spell out the two others that text may hold. */
const bodyOf = (event: Event) =>
  JSON.stringify(event).replace(/[\uFFFE\uFFFF]/g, (char) => `\\u${char.charCodeAt(0).toString(16)}`);

/** One message an event, its body the webhook's payload; its id, the same on every try, is an attribute. */
export const sqs = defineSink({
  type: 'sqs',
  summary: 'a message in a queue of Amazon SQS; in order by thread where its name ends in `.fifo`',
  fields: { url: text(BASE_URL) },
  says: { url: 'its URL, `https://sqs.REGION.amazonaws.com/ACCOUNT/NAME`' },
  check({ url }, { where, place, warn }) {
    const name = nameOf(url);
    if (name === undefined)
      throw new UserError(
        `${where}.url: this is no URL of a queue; write it as https://sqs.REGION.amazonaws.com/ACCOUNT/NAME.`,
      );
    if (place === 'the cloud' && !name.startsWith(PREFIX))
      warn(
        `${where}.url: a deployment writes to queues named ${PREFIX}… alone, unless it was deployed with --param "queues=…".`,
      );
  },
  open: ({ id: sink, settings: { url } }, { sendToQueue }) => ({
    async deliver(id, event) {
      const attributes = { 'webhook-id': id, 'event-type': event.type };
      const inOrder = url.endsWith('.fifo') && { inOrder: { group: groupOf(event), deduplication: id } };
      try {
        await sendToQueue({ url, body: bodyOf(event), attributes, ...inOrder });
        return { kind: 'delivered' };
      } catch (error) {
        return { kind: 'retry', error: faultName(error) };
      }
    },
    check: async () => ({
      state: 'ok',
      detail: `Its URL has the right form; try it with "replybus sinks test ${sink}".`,
    }),
  }),
});
