import type { Command } from 'commander';

export interface CommonOptions {
  readonly config?: string;
  readonly data?: string;
  readonly json?: boolean;
}

/** The three options every command takes. */
export function withCommonOptions(command: Command): Command {
  return command
    .option('--config <file>', 'config file (default: ./replybus.config.json when there is one, else the demo)')
    .option('--data <dir>', 'folder of the embedded database (default: .replybus, for the demo .replybus/demo)')
    .option('--json', 'print one JSON document; lists are printed one object a line');
}

/** The examples under a command's help. */
export const examples = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  $ replybus ${line}`).join('\n')}`;

/** Of an option that may be given several times. */
export const more = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

export const THREAD = 'CONNECTION/THREAD, as "threads" prints it';
