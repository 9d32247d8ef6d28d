import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/**
 * One clock for this process and every function it starts, ahead of the machine's by what a file says: hours pass at once,
 * also for a process that is frozen meanwhile. Timers stay the machine's.
 */
export interface SharedClock {
  /** To be preloaded by a process that shall share the clock. */
  readonly preload: string;
  forward(ms: number): void;
  close(): void;
}

const PRELOAD = (file: string) => `
import { openSync, readSync } from 'node:fs';
const file = openSync(${JSON.stringify(file)});
const bytes = Buffer.alloc(8);
const now = Date.now;
Date.now = () => {
  readSync(file, bytes, 0, 8, 0);
  return now() + bytes.readDoubleLE();
};
`;

/** To be called before anything here asks for the time. */
export function openClock(folder: string): SharedClock {
  const file = join(folder, 'clock');
  const open = openSync(file, 'w');
  const machine = Date.now;
  let ahead = 0;
  const bytes = Buffer.alloc(8);
  const write = () => {
    bytes.writeDoubleLE(ahead);
    writeSync(open, bytes, 0, 8, 0);
  };
  write();
  Date.now = () => machine() + ahead;
  return {
    preload: `data:text/javascript,${encodeURIComponent(PRELOAD(file))}`,
    forward(ms) {
      ahead += ms;
      write();
    },
    close() {
      Date.now = machine;
      closeSync(open);
    },
  };
}
