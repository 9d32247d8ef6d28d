import type { Screen } from '../local/run.ts';
import { cliLog } from './log.ts';
import { note, painter, print, printJson, styled } from './output.ts';
import { eventText, headingText } from './terminal.ts';

/** A run on a terminal; or, as `json`, one event a line for another program. */
export function terminalScreen(json: boolean): Screen {
  const paint = painter(process.stdout);
  return {
    log: cliLog,
    note,
    show: (id, event) => (json ? printJson({ id, ...event }) : print(eventText(event, paint, Date.now()))),
    started: (started) => {
      if (!json) print(styled`${headingText(started, paint)}\n`);
    },
  };
}
