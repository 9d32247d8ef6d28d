import type { Command } from 'commander';
import { loadSettings } from '../local/settings.ts';
import type { CheckView } from '../shared/api/shapes.ts';
import type { TokenWish } from '../shared/api/tokens.ts';
import { UserError } from '../shared/failure.ts';
import { printChecks } from './checks.ts';
import { examples } from './options.ts';
import { note, print, printJson } from './output.ts';

export interface StageOptions {
  readonly config?: string;
  readonly json?: boolean;
  readonly stage?: string;
}

/** The AWS libraries are loaded late: no other command needs them. */
const aws = async () => ({
  ...(await import('../lambdas/admin/clients.ts')),
  ...(await import('../lambdas/admin/apply.ts')),
  ...(await import('../lambdas/admin/stage-doctor.ts')),
  ...(await import('../lambdas/admin/stage-tokens.ts')),
});

export function addApplyCommand(program: Command): void {
  program
    .command('apply')
    .description('Put a config in force in a deployment on AWS')
    .requiredOption('--stage <stage>', 'the deployment, as it was named when it was deployed')
    .option('--config <file>', 'config file (default: ./replybus.config.json)')
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples('apply --stage prod', 'apply --stage prod --config my.json'))
    .action(async (options: StageOptions & { readonly stage: string }) => await apply(options));
}

async function apply({ stage, json, ...place }: StageOptions & { readonly stage: string }): Promise<void> {
  const settings = await loadSettings(place);
  if (settings.kind === 'demo')
    throw new UserError('There is no config to apply; write replybus.config.json, or name a file with --config.');
  const { applyConfig, awsClients } = await aws();
  const { config, file } = settings;
  const applied = await applyConfig({ config, file, stage, clients: awsClients(), warn: note });
  if (json) return printJson(applied);
  const { generation, connections, sinks, shards } = applied;
  print(`${stage} runs config ${generation}: ${connections} connections, ${sinks} sinks, in ${shards} shards.`);
}

/** What a deployment still needs, or has lost. */
export async function stageDoctor(stage: string, { json, ...place }: StageOptions): Promise<void> {
  const settings = await loadSettings(place);
  const { awsClients, examineStage } = await aws();
  const known = settings.kind === 'config' ? { config: { config: settings.config, file: settings.file } } : {};
  const checks: readonly CheckView[] = await examineStage({ stage, clients: awsClients(), ...known });
  printChecks(checks, json);
}

/** The first token of a deployment's API. */
export async function stageToken(stage: string, wish: TokenWish) {
  const { awsClients, createStageToken } = await aws();
  return await createStageToken(stage, wish, awsClients());
}
