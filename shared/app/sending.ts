import type { Config, ConnectionConfig } from '../config/schema.ts';
import type { Connection, Forwarder } from '../provider.ts';
import { PER_CONVERSATION_PER_DAY, PER_DAY } from '../sending/limits.ts';
import type { SendingConnection, SendingLimits, SendingPorts } from '../sending/ports.ts';
import type { AppPorts } from './ports.ts';

/** A connection that could be opened, with what the config says of it. */
export interface OpenConnection {
  readonly config: ConnectionConfig;
  /** For what people and automations do; polling has a share of the vendor's budget of its own. */
  readonly connection: Connection;
}

function limitsOf({ sending }: ConnectionConfig): SendingLimits {
  return {
    off: sending?.off ?? false,
    perDay: sending?.perDay ?? PER_DAY,
    perConversationPerDay: sending?.perConversationPerDay ?? PER_CONVERSATION_PER_DAY,
  };
}

/**
 * Composes forwards where the vendor has none; undefined without a mail server that can be used now. The libraries are
 * loaded here, for those who forward, and not between the announcement of a post and its first byte.
 */
async function composer({ forwarding }: Config, { secrets, mail, log, fetchFile, clock }: AppPorts) {
  if (!forwarding) return undefined;
  const found = secrets.get(forwarding.smtp);
  if ('lack' in found || mail.checkUrl(found.value)) {
    log.warn('forwarding.closed', { reason: 'lack' in found ? found.lack : 'url' });
    return undefined;
  }
  const { composedForwarder } = await import('../forwarding/forwarder.ts');
  const mailer = await mail.open(found.value);
  const { from } = forwarding;
  return (connection: Connection) => composedForwarder({ connection, from, mailer, fetchFile, clock });
}

/** Everything that may be sent, and how. */
export async function openSending(
  config: Config,
  opened: readonly OpenConnection[],
  ports: AppPorts,
): Promise<SendingPorts> {
  const needy = opened.some(({ connection }) => !connection.forwards);
  const compose = needy ? await composer(config, ports) : undefined;
  const connections = opened.map(({ config: entry, connection }): SendingConnection => {
    const forwards: Forwarder | undefined = connection.forwards ?? compose?.(connection);
    return { id: entry.id, connection, limits: limitsOf(entry), ...(forwards ? { forwards } : {}) };
  });
  const { store, clock, random, log, newOwner, fetchFile } = ports;
  return { store, clock, random, log, connections, newOwner, fetchFile };
}
