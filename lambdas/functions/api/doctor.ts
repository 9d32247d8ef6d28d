import type { ApiConnection } from '../../../shared/api/deps.ts';
import type { CheckView } from '../../../shared/api/shapes.ts';
import { ProviderError } from '../../../shared/failure.ts';
import type { DeliveryPorts } from '../../../shared/outbox/deliver.ts';
import { disabledSinks } from '../../../shared/outbox/disabled.ts';
import { parameterOf } from '../../runtime/connections.ts';
import type { CloudConfig } from '../../runtime/stored-config.ts';

async function checkKey({ id, connection }: ApiConnection): Promise<CheckView> {
  const subject = `connection ${id}`;
  try {
    const { warning } = await connection.verify();
    if (warning) return { subject, state: 'warning', detail: warning };
    return { subject, state: 'ok', detail: `${connection.provider.label} accepts the key.` };
  } catch (error) {
    if (error instanceof ProviderError) return { subject, state: 'broken', detail: error.message };
    throw error;
  }
}

/** What to do so that a key can be read; the config holds the key's place, never the key. */
function putKey(apiKey: string): string {
  const secret = parameterOf(apiKey);
  if (secret?.entry === undefined) return `put it into the parameter store under ${apiKey.replace(/^ssm:/, '')}`;
  return `make it the entry "${secret.entry}" of the JSON object in the parameter ${secret.path}`;
}

/** Connections of the config that could not be opened at all. */
function closedOnes({ config }: CloudConfig, open: readonly ApiConnection[]): readonly CheckView[] {
  const closed = config.connections.filter(({ id }) => !open.some((one) => one.id === id));
  return closed.map(({ id, apiKey }) => ({
    subject: `connection ${id}`,
    state: 'broken',
    detail: `Its key cannot be read; ${putKey(apiKey)}.`,
  }));
}

async function checkSinks(ports: DeliveryPorts): Promise<readonly CheckView[]> {
  const disabled = await disabledSinks(ports);
  return ports.sinks.map(({ id }) => {
    const subject = `sink ${id}`;
    if (!disabled.has(id)) return { subject, state: 'ok', detail: 'Ready.' };
    const detail = `Its receiver answered 410, so it is switched off; mend it, then run "replybus sinks test ${id}".`;
    return { subject, state: 'broken', detail };
  });
}

/** Asks every connection and sink of a deployment how it is. */
export async function examine(
  config: CloudConfig,
  connections: readonly ApiConnection[],
  delivery: DeliveryPorts,
): Promise<readonly CheckView[]> {
  const keys = await Promise.all(connections.map(checkKey));
  return [...closedOnes(config, connections), ...keys, ...(await checkSinks(delivery))];
}
