import type { Sink } from '../../../shared/outbox/sink.ts';
import type { Log } from '../../../shared/ports.ts';

export const SILENT: Log = { info: () => {}, warn: () => {} };

/** Takes everything and does nothing with it. */
export const quietSink = (): Sink => ({
  id: 'quiet',
  type: 'stdout',
  actsOnOld: true,
  accepts: () => true,
  deliver: async () => ({ kind: 'delivered' }),
});
