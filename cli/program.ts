import { Command, CommanderError } from 'commander';
import { UserError } from '../shared/failure.ts';
import { addBackupCommand } from './backup-command.ts';
import { addEventCommands } from './event-commands.ts';
import { addInboxCommands } from './inbox-commands.ts';
import { addMarkCommands } from './mark-commands.ts';
import { addOperationCommands } from './operation-commands.ts';
import { note } from './output.ts';
import { addRunCommand } from './run-command.ts';
import { addSendCommands } from './send-commands.ts';
import { addSendsCommands } from './sends-commands.ts';

const EXAMPLES = `
Examples:
  $ replybus run                          the demo: two sandboxed vendors, no account needed
  $ replybus run --config my.json         the same against your own accounts
  $ replybus threads --interested         who is interested, over all connections
  $ replybus reply ID --text "Yes, …"      answer one of them; "sends" tells what became of it
  $ replybus events --undelivered --json  what has not arrived yet, one JSON object a line

Without ./replybus.config.json (or --config) every command works on the demo in .replybus/demo.`;

export function createProgram(): Command {
  const program = new Command('replybus')
    .description('Every reply to a cold-email campaign reaches its owner once, wherever they work.')
    .addHelpText('after', EXAMPLES)
    .showSuggestionAfterError()
    .enablePositionalOptions()
    .helpCommand(false);
  addRunCommand(program);
  addOperationCommands(program);
  addInboxCommands(program);
  addSendCommands(program);
  addMarkCommands(program);
  addSendsCommands(program);
  addEventCommands(program);
  addBackupCommand(program);
  quiet(program);
  return program;
}

/** Commander's own printing of errors is replaced by one sentence from {@link runCommandLine}. */
function quiet(command: Command): void {
  command.exitOverride().configureOutput({ outputError: () => {} });
  for (const child of command.commands) quiet(child);
}

function usageSentence(error: CommanderError): string {
  const text = error.message
    .replace(/^error: /, '')
    .replace(/\s*\n\s*/g, ' ')
    .replace(/[.\s]+$/, '');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}; see replybus --help.`;
}

function complain(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    // A bare group ("replybus", "replybus token") has just shown its help.
    if (error.code !== 'commander.help') note(usageSentence(error));
    return 2;
  }
  note(error instanceof Error ? error.message : String(error));
  return error instanceof UserError ? error.exitCode : 1;
}

/** Runs one command line and resolves to the exit code: 2 for usage and config, 1 for failure. */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  try {
    await createProgram().parseAsync(args, { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    return complain(error);
  }
}
