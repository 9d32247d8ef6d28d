import type { Command } from 'commander';
import { EventView, ReplayView, SinkTestView } from '../shared/api/shapes.ts';
import { UserError } from '../shared/failure.ts';
import { type CommonOptions, examples, withCommonOptions } from './options.ts';
import { localTime, type Paint, painter, print, printJson, type Shown, styled } from './output.ts';
import { printList } from './pages.ts';
import { pathPart } from './path-part.ts';
import { withApi } from './session.ts';

interface EventsOptions extends CommonOptions {
  readonly type?: string;
  readonly since?: string;
  readonly undelivered?: boolean;
}
interface ReplayOptions extends CommonOptions {
  readonly failedSince?: string;
  readonly sink?: string;
}

export function addEventCommands(program: Command): void {
  withCommonOptions(program.command('events'))
    .description('What was recorded and delivered, oldest first')
    .option('--type <type>', 'only this type, such as reply.interested')
    .option('--since <span>', 'what was recorded in the last 30m, 24h, 7d … (default: 90d, as long as bodies are kept)')
    .option('--undelivered', 'only what has not arrived at every sink')
    .addHelpText('after', examples('events --since 24h', 'events --undelivered --json'))
    .action(async (options: EventsOptions) => await events(options));
  withCommonOptions(program.command('replay'))
    .description('Deliver again: one event, or all whose delivery failed')
    .argument('[event]', 'event id (evt_…)')
    .option('--failed-since <span>', 'every parked delivery of the last 24h, 7d …')
    .option('--sink <id>', 'to this sink only')
    .addHelpText('after', examples('replay evt_abc… --sink crm', 'replay --failed-since 7d'))
    .action(async (event: string | undefined, options: ReplayOptions) => await replay(event, options));
  const sinks = program.command('sinks').description('The places events go to');
  withCommonOptions(sinks.command('test'))
    .description('Send a signed sample event to a sink')
    .argument('<id>', 'sink id from the config')
    .addHelpText('after', examples('sinks test crm'))
    .action(async (id: string, options: CommonOptions) => await testSink(id, options));
}

async function events({ type, since, undelivered, json, ...place }: EventsOptions): Promise<void> {
  await withApi(place, async (api) => {
    const paint = painter(process.stdout);
    const query = { type, since, undelivered };
    const line = (event: EventView) => eventLine(event, paint);
    await printList(api, { path: '/v1/events', item: EventView, query, json, line, none: 'No events match.' });
  });
}

const SIGNS = { delivered: '✓', pending: '…', parked: '✗' } as const;

function eventLine(event: EventView, paint: Paint): Shown {
  const sinks = Object.entries(event.deliveries ?? {}).map(([sink, { state, tries, lastError }]) => {
    const trouble = state === 'delivered' ? '' : ` after ${tries} tries${lastError === null ? '' : `: ${lastError}`}`;
    return `${SIGNS[state]} ${sink}${trouble}`;
  });
  const delivered = event.deliveries === null ? 'not yet swept' : sinks.join(', ') || 'no sink wants it';
  const time = paint('dim', localTime(event.recordedAt, Date.now()));
  return styled`${time} ${event.type}  ${event.connection}  ${paint('dim', event.id)}  ${delivered}`;
}

async function replay(event: string | undefined, options: ReplayOptions): Promise<void> {
  const { failedSince, sink, json } = options;
  if ((event === undefined) === (failedSince === undefined)) {
    throw new UserError('Replay takes either an event id or --failed-since SPAN; see replybus replay --help.');
  }
  const path = event === undefined ? '/v1/replay' : `/v1/events/${pathPart(event)}/replay`;
  const body = { ...(failedSince !== undefined && { failedSince }), ...(sink !== undefined && { sink }) };
  await withApi(options, async (api) => {
    const done = await api.send(ReplayView, 'POST', path, { body });
    if (json) printJson(done);
    else print(`${done.replayed} ${done.replayed === 1 ? 'event is' : 'events are'} due for delivery again.`);
  });
}

async function testSink(id: string, options: CommonOptions): Promise<void> {
  await withApi(options, async (api) => {
    const result = await api.send(SinkTestView, 'POST', `/v1/sinks/${pathPart(id)}/test`);
    if (options.json) printJson(result);
    else print(result.detail);
    if (!result.delivered) process.exitCode = 1;
  });
}
