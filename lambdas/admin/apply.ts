import { ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import { dynamoStore } from '../../adapters/dynamodb/store.ts';
import { systemClock } from '../../adapters/node/clock.ts';
import type { Config } from '../../shared/config/schema.ts';
import { UserError } from '../../shared/failure.ts';
import { ApplyConflict, type CloudConfig, storeConfig } from '../runtime/stored-config.ts';
import { type AwsClients, awsTrouble, checkStage, tableOf } from './clients.ts';
import { checkForCloud, cloudWarnings } from './cloud-config.ts';
import { parameterTypes } from './parameters.ts';

export interface ApplyOptions {
  readonly config: Config;
  /** As named in sentences. */
  readonly file: string;
  readonly stage: string;
  readonly clients: AwsClients;
  readonly warn: (sentence: string) => void;
}

export interface ApplyResult {
  readonly stage: string;
  readonly generation: number;
  readonly connections: number;
  readonly sinks: number;
  readonly shards: number;
}

/** Secrets may be put in place later, so a missing one is a warning. */
async function warnOfSecrets({ clients, warn }: ApplyOptions, paths: readonly string[]): Promise<void> {
  let types: ReadonlyMap<string, string>;
  try {
    types = await parameterTypes(clients.ssm, paths);
  } catch (error) {
    return warn(`The parameters were not checked. ${awsTrouble(error, 'read parameters')}`);
  }
  for (const path of paths.filter((each) => !types.has(each)))
    warn(`The parameter ${path} does not exist yet; what needs it waits until it does.`);
}

function stored({ config, stage, clients }: ApplyOptions): Promise<CloudConfig> {
  const store = dynamoStore(clients.dynamo, tableOf(stage), () => systemClock.now(), 'mark');
  return storeConfig(store, config, () => systemClock.now());
}

/** Puts a config in force in a deployment; its functions follow within a minute. */
export async function applyConfig(options: ApplyOptions): Promise<ApplyResult> {
  const { config, file, stage, warn } = options;
  checkStage(stage);
  const paths = checkForCloud(config, file, warn).map(({ path }) => path);
  for (const sentence of cloudWarnings(config)) warn(sentence);
  try {
    const { generation, shards } = await stored(options);
    await warnOfSecrets(options, paths);
    const { connections, sinks = [] } = config;
    return { stage, generation, connections: connections.length, sinks: sinks.length, shards: shards.length };
  } catch (error) {
    if (error instanceof UserError) throw error;
    if (error instanceof ApplyConflict)
      throw new UserError(
        `Somebody else applied a config to ${stage} at the same moment; look at theirs, then try again.`,
        1,
      );
    if (error instanceof ResourceNotFoundException)
      throw new UserError(`There is no table ${tableOf(stage)} in this account and region; deploy ${stage} first.`, 1);
    throw new UserError(awsTrouble(error, `write to the table ${tableOf(stage)}`), 1);
  }
}
