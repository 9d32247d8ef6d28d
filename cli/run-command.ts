import type { Command } from 'commander';
import { UserError } from '../shared/failure.ts';
import { type CommonOptions, examples, withCommonOptions } from './options.ts';

export interface RunOptions extends CommonOptions {
  readonly once?: boolean;
  readonly port?: string;
}

const PORT_MAX = 65_535;

export function addRunCommand(program: Command): void {
  withCommonOptions(program.command('run'))
    .description('Run the system on this machine: poll, record, deliver, send, and serve the API')
    .option(
      '--once',
      'poll every feed once, do what is due (deliveries, sends), and end; exit 1 if a connection failed',
    )
    .option('--port <port>', 'port of the API on loopback (default: a free one)')
    .addHelpText(
      'after',
      examples('run', 'run --config my.json --port 8080', 'run --once', 'run --json | jq .data.lead'),
    )
    .action(async (options: RunOptions) => {
      const port = portOf(options.port);
      // Loaded late: help and usage errors need none of it.
      const { run } = await import('../local/run.ts');
      const { terminalScreen } = await import('./screen.ts');
      process.exitCode = await run({ ...options, port }, terminalScreen(options.json ?? false));
    });
}

function portOf(text: string | undefined): number {
  if (text === undefined) return 0;
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= PORT_MAX) return port;
  throw new UserError(`--port takes a number from 0 to ${PORT_MAX}, and "${text}" is none.`);
}
