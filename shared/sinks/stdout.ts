import { defineSink } from './define-sink.ts';

export const stdout = defineSink({
  type: 'stdout',
  summary: 'a line on the screen, or NDJSON with `--json`, of the process that runs',
  fields: {},
  says: {},
  notIn: { 'the cloud': 'a stdout sink would put mail into the log of a function; take it out.' },
  open(_, { show }) {
    if (!show) return 'not here';
    return {
      async deliver(id, event) {
        show(id, event);
        return { kind: 'delivered' };
      },
    };
  },
});
