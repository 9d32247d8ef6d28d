import { randomUUID } from 'node:crypto';
import { systemClock, systemRandom } from '../../adapters/node/clock.ts';
import { fetchFile } from '../../adapters/node/fetch-file.ts';
import { checkSmtpUrl } from '../../adapters/node/smtp-url.ts';
import type { Config, ConnectionConfig } from '../../shared/config/schema.ts';
import type { ParameterSecret } from '../../shared/config/secret.ts';
import type { Connection, Forwarder } from '../../shared/provider.ts';
import { PER_CONVERSATION_PER_DAY, PER_DAY } from '../../shared/sending/limits.ts';
import type { SendingConnection, SendingPorts } from '../../shared/sending/ports.ts';
import type { Store } from '../../shared/store/store.ts';
import { type CloudPorts, parameterOf } from './connections.ts';

export interface OpenConnection {
  readonly config: ConnectionConfig;
  readonly connection: Connection;
}

/** Where in the parameter store the mail server's address lies. */
export const mailServerParameter = ({ forwarding }: Config): ParameterSecret | undefined =>
  forwarding && parameterOf(forwarding.smtp);

/**
 * Composes forwards where the vendor has none; undefined without a mail server that can be used. The mail libraries are
 * loaded here, for those who forward, and not between the announcement of a post and its first byte.
 */
async function composer(config: Config, { secrets, allowPrivate, log }: CloudPorts) {
  const parameter = mailServerParameter(config);
  if (!config.forwarding || !parameter) return undefined;
  const found = secrets.get(parameter);
  if ('lack' in found || checkSmtpUrl(found.value, { allowPrivate })) {
    log.warn('forwarding.closed', { reason: 'lack' in found ? found.lack : 'url' });
    return undefined;
  }
  const { from } = config.forwarding;
  const { composedForwarder } = await import('../../shared/forwarding/forwarder.ts');
  const { smtpMailer } = await import('../../adapters/node/smtp.ts');
  const mailer = smtpMailer(found.value, { allowPrivate });
  const fetch = fetchFile({ allowPrivate });
  return (connection: Connection) =>
    composedForwarder({ connection, from, mailer, fetchFile: fetch, clock: systemClock });
}

/** Everything that may be sent, and how. */
export async function openSending(
  config: Config,
  opened: readonly OpenConnection[],
  ports: CloudPorts,
  store: Store,
): Promise<SendingPorts> {
  const compose = await composer(config, ports);
  const connections = opened.map(({ config: { id, sending }, connection }): SendingConnection => {
    const forwards: Forwarder | undefined = connection.forwards ?? compose?.(connection);
    const limits = {
      off: sending?.off ?? false,
      perDay: sending?.perDay ?? PER_DAY,
      perConversationPerDay: sending?.perConversationPerDay ?? PER_CONVERSATION_PER_DAY,
    };
    return { id, connection, limits, ...(forwards ? { forwards } : {}) };
  });
  return {
    store,
    clock: systemClock,
    random: systemRandom,
    log: ports.log,
    connections,
    newOwner: randomUUID,
    fetchFile: fetchFile({ allowPrivate: ports.allowPrivate }),
  };
}
