import { text } from '../fields.ts';
import { defineSink } from './define-sink.ts';
import { faultName } from './fault-name.ts';

/** What rules of the bus match on. */
const SOURCE = 'replybus';

/** The detail is the webhook's payload and the event id, which stays the same on every try: rules and targets can tell repeats. */
export const eventbridge = defineSink({
  type: 'eventbridge',
  summary: 'an entry on a bus of Amazon EventBridge; source `replybus`, detail type = event type',
  fields: { bus: text() },
  says: { bus: 'name or ARN' },
  open: ({ id: sink, settings: { bus } }, { putOnBus }) => ({
    async deliver(id, event) {
      const detail = JSON.stringify({ id, ...event });
      const time = Date.parse(event.timestamp);
      try {
        const { errorCode } = await putOnBus({ source: SOURCE, detailType: event.type, detail, bus, time });
        return errorCode === undefined ? { kind: 'delivered' } : { kind: 'retry', error: errorCode };
      } catch (error) {
        return { kind: 'retry', error: faultName(error) };
      }
    },
    check: async () => ({ state: 'ok', detail: `Its bus is named; try it with "replybus sinks test ${sink}".` }),
  }),
});
