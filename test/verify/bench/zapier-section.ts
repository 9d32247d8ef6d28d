import { LATENCY_MS } from './idle-poll.ts';
import { count, figure, met, table } from './report.ts';
import { LABELS } from './sections.ts';
import { type Inbox, PERFORMS, type Performed, type TriggerKey } from './zapier-perform.ts';

const WALL_MAX = 1.2;
const TRIGGER_LABELS: Readonly<Record<TriggerKey, string>> = {
  new_reply: 'New Reply',
  new_interested_reply: 'New Interested Reply',
};
const INBOX_LABELS: Readonly<Record<Inbox, string>> = {
  idle: 'nothing in the window',
  busy: '60 threads in the window',
};

export function zapierSection(all: readonly Performed[]): string {
  const rows = all.map(({ vendor, trigger, inbox, calls, items, compared: { wall, subject, baseline } }) => [
    `${LABELS[vendor]}, ${TRIGGER_LABELS[trigger]}, ${INBOX_LABELS[inbox]}`,
    count(calls),
    count(items),
    `${figure(wall.median)}× (${figure(wall.low)}–${figure(wall.high)})`,
    met(wall.median <= WALL_MAX),
    `${figure(subject.cpuMs / PERFORMS)} / ${figure(baseline.cpuMs / PERFORMS)}`,
  ]);
  return `### Zapier's perform against a bare fetch of the same pages

Polls of a Zap that is on, with ${LATENCY_MS} ms latency at the vendor, in turn with a bare loop that fetches the same pages one after another. Target:
wall time at most ${WALL_MAX}×.

${table(['', 'Calls', 'Items', 'Wall time', 'Target', 'CPU ms a poll, ours / bare'], rows)}

Left out is what the app cannot change. With Zapier's core package around the built app, in one process, a poll took 4 to 11 ms more than the
bare fetch: 1.13× to 1.22× for New Reply, 1.27× to 1.32× for New Interested Reply with 30 replies to give out again. And Zapier's cache
answers at once here, but over a network at Zapier: a poll asks it while the first page is on its way, then for each thread in the window, 10
at a time.`;
}
