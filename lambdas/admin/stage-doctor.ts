import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { dynamoStore } from '../../adapters/dynamodb/store.ts';
import { systemClock } from '../../adapters/node/clock.ts';
import type { CheckView } from '../../shared/api/shapes.ts';
import type { Config } from '../../shared/config/schema.ts';
import { UserError } from '../../shared/failure.ts';
import { readApplied } from '../runtime/applied.ts';
import { countFeeds, SHARD_FEEDS_MAX } from '../runtime/shards.ts';
import { type AwsClients, awsTrouble, checkStage, tableOf } from './clients.ts';
import { checkForCloud, type NeededParameter } from './cloud-config.ts';
import { parameterTypes } from './parameters.ts';
import { examineRunning } from './running-doctor.ts';

const check = (subject: string, state: CheckView['state'], detail: string): CheckView => ({ subject, state, detail });
const ok = (subject: string, detail: string) => check(subject, 'ok', detail);
const warning = (subject: string, detail: string) => check(subject, 'warning', detail);
const broken = (subject: string, detail: string) => check(subject, 'broken', detail);

export interface StageDoctorOptions {
  readonly stage: string;
  readonly clients: AwsClients;
  /** The config that is to be applied, and its file; undefined when there is none at hand. */
  readonly config?: { readonly config: Config; readonly file: string };
}

async function checkRegion({ clients }: StageDoctorOptions): Promise<CheckView> {
  try {
    return ok('region', `Everything is looked for in ${await clients.dynamo.config.region()}.`);
  } catch (error) {
    return broken('region', awsTrouble(error, 'name a region'));
  }
}

async function checkIdentity({ clients }: StageDoctorOptions): Promise<CheckView> {
  try {
    const { Account = 'unknown' } = await clients.sts.send(new GetCallerIdentityCommand({}));
    return ok('identity', `The credentials are of account ${Account}.`);
  } catch (error) {
    return broken('identity', awsTrouble(error, 'say who you are'));
  }
}

async function checkTable({ stage, clients: { dynamo } }: StageDoctorOptions): Promise<readonly CheckView[]> {
  const TableName = tableOf(stage);
  const subject = `table ${TableName}`;
  try {
    const { Table } = await dynamo.send(new DescribeTableCommand({ TableName }));
    if (Table?.TableStatus !== 'ACTIVE')
      return [warning(subject, `It is ${Table?.TableStatus ?? 'unknown'}; wait until it is ACTIVE.`)];
    return [ok(subject, 'It is there.'), ...(await checkSafety(subject, { stage, clients: { dynamo } }, Table))];
  } catch (error) {
    if (error instanceof ResourceNotFoundException)
      return [warning(subject, `It is not there yet; deploy with "npm run deploy -- --stage ${stage}".`)];
    return [broken(subject, awsTrouble(error, `describe ${TableName}`))];
  }
}

interface Described {
  readonly DeletionProtectionEnabled?: boolean | undefined;
  readonly StreamSpecification?: { readonly StreamEnabled?: boolean | undefined } | undefined;
}

async function checkSafety(
  subject: string,
  { stage, clients: { dynamo } }: { readonly stage: string; readonly clients: Pick<AwsClients, 'dynamo'> },
  { DeletionProtectionEnabled, StreamSpecification }: Described,
): Promise<readonly CheckView[]> {
  const TableName = tableOf(stage);
  const [backups, living] = await Promise.all([
    dynamo.send(new DescribeContinuousBackupsCommand({ TableName })),
    dynamo.send(new DescribeTimeToLiveCommand({ TableName })),
  ]);
  const recovery = backups.ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus;
  const expiry = living.TimeToLiveDescription?.TimeToLiveStatus ?? 'DISABLED';
  const wrong = [
    ...(DeletionProtectionEnabled ? [] : ['deletion protection']),
    ...(StreamSpecification?.StreamEnabled ? [] : ['its stream']),
    ...(recovery === 'ENABLED' ? [] : ['point-in-time recovery']),
    ...(expiry === 'ENABLED' || expiry === 'ENABLING' ? [] : ['its time to live']),
  ];
  return wrong.map((what) => warning(subject, `${what} is off, though the deployment turns it on; deploy again.`));
}

async function checkApplied({ stage, clients }: StageDoctorOptions): Promise<readonly CheckView[]> {
  const store = dynamoStore(clients.dynamo, tableOf(stage), () => systemClock.now(), 'mark');
  const subject = `config of ${stage}`;
  try {
    const applied = await readApplied(store);
    if (!applied) return [warning(subject, `None is in force; apply one with "replybus apply --stage ${stage}".`)];
    const { generation, appliedAt, shards } = applied;
    const full = await Promise.all(
      shards.map(async (shard) => {
        const counted = await countFeeds(store, shard);
        return { shard, feeds: [...counted.values()].reduce((sum, feeds) => sum + feeds, 0) };
      }),
    );
    const over = full.filter(({ feeds }) => feeds > SHARD_FEEDS_MAX);
    return [
      ok(subject, `Generation ${generation}, applied ${appliedAt}, in ${shards.length} shards.`),
      ...over.map(({ shard, feeds }) =>
        warning(subject, `Shard ${shard} has grown to ${feeds} feeds, so its rounds take longer; watch the poll lag.`),
      ),
    ];
  } catch (error) {
    return [broken(subject, awsTrouble(error, `read the table ${tableOf(stage)}`))];
  }
}

/** Whether it is there, and kept encrypted. What is in it is not looked at: that would decrypt it. */
function checkParameter({ path, isObject }: NeededParameter, type: string | undefined): CheckView {
  const subject = `parameter ${path}`;
  const value = isObject ? 'file://keys.json' : '…';
  const make = `aws ssm put-parameter --type SecureString --name ${path} --value ${value}`;
  const from = isObject ? 'from a JSON object with an entry for each key ' : '';
  if (type === undefined) return broken(subject, `It does not exist; create it ${from}with: ${make}`);
  if (type !== 'SecureString') return warning(subject, `It is kept in the clear; make it anew with: ${make}`);
  return ok(subject, isObject ? 'It is there; its entries were not looked at.' : 'It is there.');
}

async function checkSecrets({ clients, config }: StageDoctorOptions): Promise<readonly CheckView[]> {
  if (!config) return [];
  let needed: readonly NeededParameter[];
  try {
    needed = checkForCloud(config.config, config.file);
  } catch (error) {
    if (error instanceof UserError) return [broken('config', error.message)];
    throw error;
  }
  try {
    const paths = needed.map(({ path }) => path);
    const types = await parameterTypes(clients.ssm, paths);
    return needed.map((parameter) => checkParameter(parameter, types.get(parameter.path)));
  } catch (error) {
    return [broken('parameters', awsTrouble(error, 'read parameters'))];
  }
}

/** What a stage still needs before and after it is deployed, and how what it runs is. */
export async function examineStage(options: StageDoctorOptions): Promise<readonly CheckView[]> {
  checkStage(options.stage);
  const region = await checkRegion(options);
  if (region.state === 'broken') return [region];
  const identity = await checkIdentity(options);
  if (identity.state === 'broken') return [region, identity];
  const [table, secrets] = await Promise.all([checkTable(options), checkSecrets(options)]);
  const isThere = table[0]?.state === 'ok';
  const running = isThere ? [...(await checkApplied(options)), ...(await examineRunning(options))] : [];
  return [region, identity, ...secrets, ...table, ...running];
}
