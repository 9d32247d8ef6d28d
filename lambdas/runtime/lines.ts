import type { Log, LogFields } from '../../shared/ports.ts';
import { type LineContext, logLine, type MetricName, metricsLine } from './metrics.ts';

/** What the log already says and a metric must count. */
const COUNTED: readonly (readonly [event: string, state: string | undefined, metric: MetricName])[] = [
  ['delivery.parked', undefined, 'Parked'],
  ['send.state', 'uncertain', 'Uncertain'],
  ['send.state', 'needs_decision', 'NeedsDecision'],
  ['poll.broken', undefined, 'Broken'],
  ['send.broken', undefined, 'Broken'],
  ['delivery.failed', undefined, 'Broken'],
];

/** Lines for CloudWatch of one container: logs at once, metrics once for each run. */
export class Lines implements Log {
  #context: LineContext;
  #values: Partial<Record<MetricName, number>> = {};
  readonly #write: (line: string) => void;

  constructor(context: LineContext, write: (line: string) => void) {
    this.#context = context;
    this.#write = write;
  }

  begin(requestId: string): void {
    this.#context = { ...this.#context, requestId };
    this.#values = {};
  }

  info(event: string, fields?: LogFields): void {
    this.#line('info', event, fields);
  }

  warn(event: string, fields?: LogFields): void {
    this.#line('warn', event, fields);
  }

  error(event: string, fields?: LogFields): void {
    this.#line('error', event, fields);
  }

  count(metric: MetricName, more: number): void {
    this.#values[metric] = (this.#values[metric] ?? 0) + more;
  }

  measure(metric: MetricName, value: number): void {
    this.#values[metric] = value;
  }

  end(now: number): void {
    const line = metricsLine(this.#context, now, this.#values);
    if (line !== undefined) this.#write(line);
    this.#values = {};
  }

  #line(level: 'info' | 'warn' | 'error', event: string, fields?: LogFields): void {
    for (const [name, state, metric] of COUNTED) {
      if (name === event && (state === undefined || state === fields?.state)) this.count(metric, 1);
    }
    this.#write(logLine(this.#context, level, event, fields));
  }
}
