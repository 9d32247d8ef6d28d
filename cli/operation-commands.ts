import type { Command } from 'commander';
import type * as z from 'zod/mini';
import { DEFAULT_SCOPES, SCOPES, type Scope } from '../shared/api/scopes.ts';
import {
  CheckView,
  listOf,
  NewTokenView,
  PollView,
  RemovedSubscriptionView,
  RevokedTokenView,
  SubscriptionView,
  TokenView,
} from '../shared/api/shapes.ts';
import { UserError } from '../shared/failure.ts';
import { backfillCommand } from './backfill-command.ts';
import { printChecks } from './checks.ts';
import { type CommonOptions, examples, more, withCommonOptions } from './options.ts';
import { localTime, print, printJson, styled } from './output.ts';
import { printList } from './pages.ts';
import { pathPart } from './path-part.ts';
import { type ProbeOptions, probe } from './probe.ts';
import { withApi } from './session.ts';
import { addApplyCommand, type StageOptions, stageDoctor, stageToken } from './stage-commands.ts';

export function addOperationCommands(program: Command): void {
  withCommonOptions(program.command('poll'))
    .description('Poll now, by hand')
    .argument('[connection]', 'only this connection')
    .addHelpText('after', examples('poll', 'poll sales --json'))
    .action(async (connection: string | undefined, options: CommonOptions) => await poll(connection, options));
  backfillCommand(program);
  withCommonOptions(program.command('doctor'))
    .description('Check every connection and sink, and say what to fix')
    .option('--stage <stage>', 'check what a deployment on AWS still needs instead')
    .option('--probe [connection]', 'hold the live vendor against what is assumed of it; reads, and never writes')
    .option('--report <file>', 'with --probe: write field names, types and counts, without a value, fit to be shown')
    .addHelpText('after', examples('doctor', 'doctor --probe sales --report sales.json', 'doctor --stage prod'))
    .action(async (options: CommonOptions & StageOptions & ProbeOptions) => await doctor(options));
  addTokenCommands(program);
  addSubscriptionCommands(program);
  addApplyCommand(program);
}

async function poll(connection: string | undefined, options: CommonOptions): Promise<void> {
  await withApi(options, async (api) => {
    const body = connection === undefined ? {} : { connection };
    const { items } = await api.send(listOf(PollView), 'POST', '/v1/poll', { body });
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

async function doctor({ stage, ...options }: CommonOptions & StageOptions & ProbeOptions): Promise<void> {
  if (await probe(options, stage)) return;
  if (stage !== undefined) return await stageDoctor(stage, options);
  await withApi(options, async (api) => {
    const { items } = await api.get(listOf(CheckView), '/v1/doctor');
    printChecks(items, options.json);
  });
}

function addTokenCommands(program: Command): void {
  const token = program.command('token').description('Tokens for the API: stored hashed, shown once');
  withCommonOptions(token.command('create'))
    .description('Create a token and show it, this one time')
    .argument('[name]', 'what it is for', 'unnamed')
    .option('--scope <scope>', `${SCOPES.join(', ')}; repeat it for more (default: ${DEFAULT_SCOPES.join(' ')})`, more)
    .option('--stage <stage>', 'for the API of a deployment on AWS')
    .addHelpText('after', examples('token create dashboard --scope read', 'token create zapier --stage prod'))
    .action(async (name: string, options: TokenOptions) => await createToken(name, options));
  withCommonOptions(token.command('list'))
    .description('List tokens, without the tokens themselves')
    .addHelpText('after', examples('token list --json'))
    .action(async (options: CommonOptions) => await listTokens(options));
  withCommonOptions(token.command('revoke'))
    .description('Revoke a token and those made with it; they stop working at once')
    .argument('<id>', 'token id (tok_…) from "token list"')
    .addHelpText('after', examples('token revoke tok_1f2e3d4c5b6a'))
    .action(async (id: string, options: CommonOptions) => await revokeToken(id, options));
}

function addSubscriptionCommands(program: Command): void {
  const all = program
    .command('subscriptions')
    .description('Webhooks that were made at run time, by Zapier or by programs');
  withCommonOptions(all.command('list'))
    .description('List them, without their secrets')
    .addHelpText('after', examples('subscriptions list --json'))
    .action(async (options: CommonOptions) => await listSubscriptions(options));
  withCommonOptions(all.command('remove'))
    .description('Remove one; nothing is posted there any more')
    .argument('<id>', 'subscription id (sub_…) from "subscriptions list"')
    .addHelpText('after', examples('subscriptions remove sub_1f2e3d4c5b6a'))
    .action(async (id: string, options: CommonOptions) => await removeSubscription(id, options));
}

async function listSubscriptions(options: CommonOptions): Promise<void> {
  await withApi(options, async (api) => {
    const { items } = await api.get(listOf(SubscriptionView), '/v1/subscriptions');
    for (const item of items) {
      if (options.json) printJson(item);
      else
        print(
          `${item.id}  ${localTime(item.createdAt, Date.now())}  ${item.events?.join(', ') ?? 'all events'}  ${item.url}`,
        );
    }
    if (items.length === 0 && !options.json) print('No subscriptions.');
  });
}

async function removeSubscription(id: string, options: CommonOptions): Promise<void> {
  await withApi(options, async (api) => {
    const removed = await api.send(RemovedSubscriptionView, 'DELETE', `/v1/subscriptions/${pathPart(id)}`);
    if (options.json) printJson(removed);
    else print(`${removed.id} is removed.`);
  });
}

interface TokenOptions extends CommonOptions, StageOptions {
  readonly scope?: readonly string[];
}

function scopesOf(given: readonly string[] | undefined): { readonly scopes?: Scope[] } {
  if (given === undefined) return {};
  const scopes = SCOPES.filter((scope) => given.includes(scope));
  if (scopes.length === new Set(given).size) return { scopes };
  throw new UserError(`--scope is one of ${SCOPES.join(', ')}; correct it, or repeat the option for more than one.`);
}

async function createToken(name: string, { stage, scope, ...options }: TokenOptions): Promise<void> {
  const wish = { name, ...scopesOf(scope) };
  if (stage !== undefined) return showToken(await stageToken(stage, wish), options.json);
  await withApi(options, async (api) => {
    showToken(await api.send(NewTokenView, 'POST', '/v1/tokens', { body: wish }), options.json);
  });
}

function showToken(created: z.infer<typeof NewTokenView>, json: boolean | undefined): void {
  if (json) printJson(created);
  else print(styled`${created.token}\nThis is ${created.id} (${created.name}); keep it now, it is not shown again.`);
}

async function listTokens(options: CommonOptions): Promise<void> {
  await withApi(options, async (api) => {
    const line = ({ id, createdAt, name, scopes, maker }: TokenView) =>
      `${id}  ${localTime(createdAt, Date.now())}  ${name}  (${scopes.join(' ')}${maker === null ? '' : `; made with ${maker}`})`;
    await printList(api, { path: '/v1/tokens', item: TokenView, json: options.json, line, none: 'No tokens.' });
  });
}

async function revokeToken(id: string, options: CommonOptions): Promise<void> {
  await withApi(options, async (api) => {
    const revoked = await api.send(RevokedTokenView, 'DELETE', `/v1/tokens/${pathPart(id)}`);
    if (options.json) printJson(revoked);
    else print(`${revoked.revoked.join(', ')} ${revoked.revoked.length === 1 ? 'is' : 'are'} revoked.`);
  });
}
