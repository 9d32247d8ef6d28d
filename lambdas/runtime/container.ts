import { systemClock } from '../../adapters/node/clock.ts';
import { reportUnreadable } from '../../shared/store/report.ts';
import type { Store } from '../../shared/store/store.ts';
import { openStore } from '../services/store.ts';
import type { Deadline } from './deadline.ts';
import { type Environment, readEnvironment } from './environment.ts';
import { Lines } from './lines.ts';

/** What lives as long as the container. It runs one invocation at a time. */
export interface Container {
  readonly environment: Environment;
  readonly lines: Lines;
  readonly store: Store;
  /** Set anew at each invocation. */
  readonly deadline: Deadline;
}

let opened: Container | undefined;

export function container(): Container {
  if (opened) return opened;
  const environment = readEnvironment(process.env);
  // The runtime's console adds words to a line, and a metric must be JSON alone.
  const write = (line: string) => process.stdout.write(`${line}\n`);
  const { stage } = environment;
  const lines = new Lines({ stage, function: environment.function }, write);
  const database = openStore(environment.table, () => systemClock.now());
  opened = {
    environment,
    lines,
    store: reportUnreadable(database, lines),
    deadline: { at: 0 },
  };
  return opened;
}
