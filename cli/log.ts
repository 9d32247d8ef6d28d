import type { Log, LogFields } from '../shared/ports.ts';
import { note } from './output.ts';

const line = (event: string, fields: LogFields = {}): string =>
  [event, ...Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]))].join(
    ' ',
  );

/** Warnings go to stderr; the rest is for machines and is left out here. */
export const cliLog: Log = {
  info: () => {},
  warn: (event, fields) => note(line(event, fields)),
};
