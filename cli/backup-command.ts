import { resolve } from 'node:path';
import type { Command } from 'commander';
import { BackupView } from '../shared/api/shapes.ts';
import { type CommonOptions, examples, withCommonOptions } from './options.ts';
import { print, printJson } from './output.ts';
import { withKnownData } from './session.ts';

const MEGABYTE = 1_000_000;

export function addBackupCommand(program: Command): void {
  withCommonOptions(program.command('backup'))
    .description('Copy the whole database into a new file, also while "replybus run" uses it')
    .argument(
      '<file>',
      'a file that is not there yet; put as replybus.db into an empty folder, it is a data folder again',
    )
    .addHelpText('after', examples('backup /backups/replybus-monday.db'))
    .action(async (file: string, options: CommonOptions) => await backUp(file, options));
}

async function backUp(given: string, options: CommonOptions): Promise<void> {
  // The process that holds the folder may stand in another one.
  const file = resolve(given);
  await withKnownData(options, async (api) => {
    const copied = await api.send(BackupView, 'POST', '/v1/backup', { body: { file } });
    if (options.json) printJson(copied);
    else print(`${copied.file} holds the whole database (${(copied.bytes / MEGABYTE).toFixed(1)} MB).`);
  });
}
