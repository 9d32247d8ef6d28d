import { UserError } from '../failure.ts';
import { text } from '../fields.ts';
import { defineSink } from './define-sink.ts';
import { faultName } from './fault-name.ts';

/** What rules of the bus match on. */
const SOURCE = 'replybus';

/** Source: AWS, PutEvents, EventBusName. */
const BUS = /^(arn:aws[\w-]*:events:[a-z]{2,}-[\w-]+:\d{12}:event-bus\/)?[/.\-_A-Za-z0-9]{1,256}$/;

/** The detail is the webhook's payload and the event id, which stays the same on every try: rules and targets can tell repeats. */
export const eventbridge = defineSink({
  type: 'eventbridge',
  summary: 'an entry on a bus of Amazon EventBridge; source `replybus`, detail type = event type',
  fields: { bus: text(BUS) },
  says: { bus: 'name or ARN' },
  check({ bus }, { where }) {
    if (BUS.test(bus)) return;
    const example = 'arn:aws:events:eu-west-1:123456789012:event-bus/NAME';
    throw new UserError(`${where}.bus: this is no name or ARN of an event bus; write it as NAME or ${example}.`);
  },
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
