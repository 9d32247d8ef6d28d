import type { Command } from 'commander';
import * as z from 'zod/mini';
import { CheckView, listOf, NewTokenView, PollView, TokenView } from '../../shared/api/shapes.ts';
import { backfillCommand } from './backfill-command.ts';
import { type CommonOptions, examples, withCommonOptions } from './options.ts';
import { localTime, painter, print, printJson } from './output.ts';
import { withApi } from './session.ts';

export function addOperationCommands(program: Command): void {
  withCommonOptions(program.command('poll'))
    .description('Poll now, by hand')
    .argument('[connection]', 'only this connection')
    .addHelpText('after', examples('poll', 'poll sales --json'))
    .action(async (connection: string | undefined, options: CommonOptions) => await poll(connection, options));
  backfillCommand(program);
  withCommonOptions(program.command('doctor'))
    .description('Check every connection and sink, and say what to fix')
    .addHelpText('after', examples('doctor', 'doctor --config my.json --json'))
    .action(async (options: CommonOptions) => await doctor(options));
  addTokenCommands(program);
}

async function poll(connection: string | undefined, options: CommonOptions): Promise<void> {
  await withApi(options, async (api) => {
    const { items } = await api.send(
      listOf(PollView),
      'POST',
      '/v1/poll',
      connection === undefined ? {} : { connection },
    );
    for (const item of items) {
      if (options.json) printJson(item);
      else
        print(
          `${item.connection}: ${item.failure ?? `${item.polled} of ${item.feeds} feeds polled, ${item.recorded} new`}`,
        );
      if (item.failure !== null) process.exitCode = 1;
    }
  });
}

async function doctor(options: CommonOptions): Promise<void> {
  await withApi(options, async (api) => {
    const paint = painter(process.stdout);
    const signs = { ok: paint('green', '✓'), warning: paint('yellow', '!'), broken: paint('red', '✗') };
    const { items } = await api.get(listOf(CheckView), '/v1/doctor');
    for (const check of items) {
      if (options.json) printJson(check);
      else print(`${signs[check.state]} ${check.subject}: ${check.detail}`);
    }
    if (items.some(({ state }) => state === 'broken')) process.exitCode = 1;
  });
}

function addTokenCommands(program: Command): void {
  const token = program.command('token').description('Tokens for the API: stored hashed, shown once');
  withCommonOptions(token.command('create'))
    .description('Create a token and show it, this one time')
    .argument('[name]', 'what it is for', 'unnamed')
    .addHelpText('after', examples('token create dashboard'))
    .action(async (name: string, options: CommonOptions) => await createToken(name, options));
  withCommonOptions(token.command('list'))
    .description('List tokens, without the tokens themselves')
    .addHelpText('after', examples('token list --json'))
    .action(async (options: CommonOptions) => await listTokens(options));
  withCommonOptions(token.command('revoke'))
    .description('Revoke a token; it stops working at once')
    .argument('<id>', 'token id (tok_…) from "token list"')
    .addHelpText('after', examples('token revoke tok_1f2e3d4c5b6a'))
    .action(async (id: string, options: CommonOptions) => await revokeToken(id, options));
}

async function createToken(name: string, options: CommonOptions): Promise<void> {
  await withApi(options, async (api) => {
    const created = await api.send(NewTokenView, 'POST', '/v1/tokens', { name });
    if (options.json) return printJson(created);
    print(created.token);
    print(`This is ${created.id} (${created.name}); keep it now, it is not shown again.`);
  });
}

async function listTokens(options: CommonOptions): Promise<void> {
  await withApi(options, async (api) => {
    const { items } = await api.get(listOf(TokenView), '/v1/tokens');
    for (const item of items) {
      if (options.json) printJson(item);
      else print(`${item.id}  ${localTime(item.createdAt, Date.now())}  ${item.name}`);
    }
    if (items.length === 0 && !options.json) print('No tokens.');
  });
}

async function revokeToken(id: string, options: CommonOptions): Promise<void> {
  await withApi(options, async (api) => {
    const revoked = await api.send(z.object({ id: z.string() }), 'DELETE', `/v1/tokens/${encodeURIComponent(id)}`);
    if (options.json) printJson(revoked);
    else print(`${revoked.id} is revoked.`);
  });
}
