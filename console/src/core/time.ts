const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const sameDay = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });
const sameYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const anyYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' });
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });

/** The first instant of 1970 stands for a time that could not be read. */
export const isKnown = (iso: string): boolean => Date.parse(iso) !== 0;

/** As short as it stays clear: the time today, the day this year. */
export function shortTime(iso: string): string {
  const date = new Date(iso);
  const now = new Date();
  if (date.toDateString() === now.toDateString()) return sameDay.format(date);
  return (date.getFullYear() === now.getFullYear() ? sameYear : anyYear).format(date);
}

export const fullTime = (iso: string): string => whole.format(new Date(iso));

const sameDayExact = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
/** As programs write an instant: 2026-11-28T18:59:09Z, or 2026-11-28 18:59 UTC. */
const WRITTEN_INSTANT = /\b(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(?:Z\b| UTC\b)/g;

/** A sentence of ours with its instants by the reader's own clock. */
export const withLocalTimes = (sentence: string): string =>
  sentence.replace(WRITTEN_INSTANT, (written, day: string, time: string) => {
    const date = new Date(`${day}T${time}Z`);
    if (Number.isNaN(date.getTime())) return written;
    return (date.toDateString() === new Date().toDateString() ? sameDayExact : exact).format(date);
  });

const utcDay = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', timeZone: 'UTC' });

/** A day of UTC, written YYYY-MM-DD. */
export const dayText = (day: string | undefined): string => (day === undefined ? '' : utcDay.format(new Date(day)));

/** How long something takes or has taken, in its largest unit. */
export function spanText(ms: number): string {
  if (ms < MINUTE_MS) return `${Math.max(0, Math.round(ms / 1_000))} s`;
  if (ms < HOUR_MS) return `${Math.round(ms / MINUTE_MS)} min`;
  if (ms < 2 * DAY_MS) return `${Math.round(ms / HOUR_MS)} h`;
  return `${Math.round(ms / DAY_MS)} days`;
}
