import { dynamoStore } from '../../adapters/dynamodb/store.ts';
import { checkUrl } from '../../adapters/node/address-guard.ts';
import { systemClock, systemRandom } from '../../adapters/node/clock.ts';
import { nodeHttp } from '../../adapters/node/http.ts';
import type { CheckView } from '../../shared/api/shapes.ts';
import { openActing, secretsOf } from '../../shared/app/acting.ts';
import { apiConnections } from '../../shared/app/api.ts';
import { ACTING_SHARE, Connections } from '../../shared/app/connections.ts';
import { examine } from '../../shared/app/doctor/doctor.ts';
import type { AppPorts } from '../../shared/app/ports.ts';
import type { Log } from '../../shared/ports.ts';
import { withActing } from '../runtime/acting-ports.ts';
import { readApplied } from '../runtime/applied.ts';
import { type CloudConfig, readConfig } from '../runtime/stored-config.ts';
import { TablePolling } from '../runtime/table-polling.ts';
import { ParameterSecrets, ssmParameters } from '../services/secrets.ts';
import { type AwsClients, awsTrouble, tableOf } from './clients.ts';

/** What cannot be opened is a finding of the doctor's, and needs no line of its own. */
const SILENT: Log = { info: () => {}, warn: () => {} };

export interface RunningDoctorOptions {
  readonly stage: string;
  readonly clients: Pick<AwsClients, 'dynamo' | 'ssm'>;
  /** Loopback and plain http, for a deployment that runs against the sandbox. */
  readonly allowPrivate?: boolean;
}

function portsOf({ stage, clients, allowPrivate = false }: RunningDoctorOptions): AppPorts {
  const guard = { allowPrivate };
  const ports = {
    http: nodeHttp(guard),
    clock: systemClock,
    random: systemRandom,
    log: SILENT,
    store: dynamoStore(clients.dynamo, tableOf(stage), () => systemClock.now(), 'mark'),
    secrets: new ParameterSecrets(
      ssmParameters(() => clients.ssm),
      systemClock,
    ),
    checkUrl: (url: string) => checkUrl(url, guard),
  };
  return withActing(ports, allowPrivate);
}

async function examineConfig(cloud: CloudConfig, ports: AppPorts): Promise<readonly CheckView[]> {
  const acting = await openActing(cloud.config, new Connections(ports, ACTING_SHARE), ports);
  const polling = new TablePolling(ports).during(cloud, () => systemClock.now());
  const { config, delivery, sending } = acting;
  const { secrets, mail } = ports;
  const shardOf = (id: string) => cloud.shardOf.get(id) ?? 0;
  const connections = apiConnections(acting, polling, shardOf);
  return await examine({ config, connections, delivery, sending, shardOf, secrets, mail });
}

/**
 * The config in force, examined from this machine as a machine's own is: with the parameters, the table and the vendors that
 * the functions use.
 */
export async function examineRunning(options: RunningDoctorOptions): Promise<readonly CheckView[]> {
  const ports = portsOf(options);
  const subject = `connections of ${options.stage}`;
  let doing = `read the table ${tableOf(options.stage)}`;
  try {
    const applied = await readApplied(ports.store);
    if (!applied) return [];
    const cloud = await readConfig(ports.store, applied);
    doing = 'read and decrypt parameters';
    await ports.secrets.refresh(secretsOf(cloud.config));
    doing = `read the table ${tableOf(options.stage)}`;
    return await examineConfig(cloud, ports);
  } catch (error) {
    return [{ subject, state: 'warning', detail: `They were not asked how they are. ${awsTrouble(error, doing)}` }];
  }
}
