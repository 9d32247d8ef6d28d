import type { Log } from '../../../shared/ports.ts';
import type { Sink } from '../../../shared/sinks/sink.ts';

export const SILENT: Log = { info: () => {}, warn: () => {} };

/** Takes everything and does nothing with it. */
export const quietSink = (): Sink => ({
  id: 'quiet',
  type: 'stdout',
  actsOnOld: true,
  accepts: () => true,
  deliver: async () => ({ kind: 'delivered' }),
});
