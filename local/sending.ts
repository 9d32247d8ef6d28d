import { randomUUID } from 'node:crypto';
import { fetchFile } from '../adapters/node/fetch-file.ts';
import { checkSmtpUrl, smtpMailer } from '../adapters/node/smtp.ts';
import type { Config } from '../shared/config/schema.ts';
import { localSecret } from '../shared/config/secret.ts';
import { UserError } from '../shared/failure.ts';
import { composedForwarder } from '../shared/forwarding/forwarder.ts';
import type { Ports } from '../shared/ports.ts';
import type { Forwarder } from '../shared/provider.ts';
import type { SendingConnection, SendingPorts } from '../shared/sending/ports.ts';
import { bareRecipient } from '../shared/sending/recipients.ts';
import type { Store } from '../shared/store/store.ts';
import type { LocalConnection } from './connections.ts';
import type { Forwarding } from './examine-sending.ts';
import { checkMailServer } from './mail-server-check.ts';

export interface SendingWorld {
  readonly ports: Pick<Ports, 'clock' | 'random' | 'log'>;
  readonly store: Store;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly warn: (sentence: string) => void;
}

/** The owner's mail server and sender; undefined where none is configured. */
function mailServerOf({ forwarding, allowPrivateUrls }: Config, file: string, { env, warn }: SendingWorld) {
  if (!forwarding) return undefined;
  const where = `${file}, forwarding.smtp`;
  const url = localSecret(forwarding.smtp, { env, where, warn });
  const complaint = checkSmtpUrl(url, { allowPrivate: allowPrivateUrls ?? false });
  if (complaint) throw new UserError(`${where}: ${complaint}`);
  if (bareRecipient(forwarding.from) === undefined)
    throw new UserError(`${file}, forwarding.from: this is not a plain e-mail address; write it as jane@acme.example.`);
  return { url, from: forwarding.from };
}

export interface Sending {
  readonly ports: SendingPorts;
  readonly forwarding?: Forwarding;
}

/** Everything that may be sent, and how. */
export function openSending(
  config: Config,
  file: string,
  connections: readonly LocalConnection[],
  world: SendingWorld,
): Sending {
  const allowPrivate = config.allowPrivateUrls ?? false;
  const fetch = fetchFile({ allowPrivate });
  const server = mailServerOf(config, file, world);
  const mailer = server && smtpMailer(server.url, { allowPrivate });
  const { clock, random, log } = world.ports;
  const forwarderOf = ({ connection }: LocalConnection): Forwarder | undefined =>
    connection.forwards ??
    (server && mailer && composedForwarder({ connection, from: server.from, mailer, fetchFile: fetch, clock }));
  const opened = connections.map((local): SendingConnection => {
    const forwards = forwarderOf(local);
    return { id: local.id, connection: local.connection, limits: local.limits, ...(forwards ? { forwards } : {}) };
  });
  const ports = { store: world.store, clock, random, log, connections: opened, newOwner: randomUUID, fetchFile: fetch };
  if (!server) return { ports };
  const check = async () => await checkMailServer(server.url, allowPrivate);
  return { ports, forwarding: { from: server.from, check } };
}
