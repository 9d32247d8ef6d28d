import { writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { type RunningSandbox, startSandbox } from '../../sandbox/server.ts';
import { DEMO_KEYS } from '../../sandbox/switches.ts';
import { threadId } from '../../shared/providers/cohesive/thread-id.ts';
import { emptyFolder } from './command-line.ts';

export interface MailServer {
  readonly url: string;
  readonly mails: readonly ParsedMail[];
  /** Breaks the connection after a whole mail, so that nobody knows whether it was taken. */
  breaks: boolean;
  stop(): Promise<void>;
}

export async function startMailServer(): Promise<MailServer> {
  const mails: ParsedMail[] = [];
  const sockets = new Set<Socket>();
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData(stream, _session, done) {
      const taken = async () => {
        const mail = await simpleParser(stream);
        if (bench.breaks) return sockets.forEach((socket) => void socket.destroy());
        mails.push(mail);
        done();
      };
      taken().catch(done);
    },
  });
  server.server.on('connection', (socket: Socket) => sockets.add(socket));
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.server.address();
  const bench: MailServer = {
    url: `smtp://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    mails,
    breaks: false,
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
  return bench;
}

export interface ActingBench {
  readonly sandbox: RunningSandbox;
  readonly mailServer: MailServer;
  /** A new folder with a config of both connections; `acme` is Cohesive, `sales` ColdSend. */
  folder(more?: object): string;
  config(more?: object): object;
  /** A new thread with one message of the lead's: CONNECTION/THREAD. */
  thread(connection: 'acme' | 'sales'): string;
  stop(): Promise<void>;
}

export async function startActingBench(): Promise<ActingBench> {
  const sandbox = await startSandbox({ port: 0, seed: 1, lively: false });
  const mailServer = await startMailServer();
  const { world, urls } = sandbox;
  const campaigns = {
    acme: world.addCampaign({ vendor: 'cohesive' }),
    sales: world.addCampaign({ vendor: 'coldsend' }),
  };
  let leads = 0;
  const config = (more: object = {}) => ({
    connections: [
      { id: 'acme', provider: 'cohesive', apiKey: DEMO_KEYS.cohesive, baseUrl: urls.cohesive },
      { id: 'sales', provider: 'coldsend', apiKey: DEMO_KEYS.coldsend, baseUrl: urls.coldsend },
    ],
    poll: { everySeconds: 1 },
    forwarding: { smtp: mailServer.url, from: 'replies@acme.example' },
    allowPrivateUrls: true,
    ...more,
  });
  return {
    sandbox,
    mailServer,
    config,
    folder(more) {
      const folder = emptyFolder();
      writeFileSync(join(folder, 'replybus.config.json'), JSON.stringify(config(more)));
      return folder;
    },
    thread(connection) {
      leads += 1;
      const leadEmail = `lead${leads}@lead.example`;
      const campaignId = campaigns[connection].id;
      const thread = world.addThread({ campaignId, leadEmail, leadName: `Lead ${leads}` });
      const sentAt = world.now() - 3_600_000;
      world.addMessage(thread.id, { direction: 'outbound', sentAt: sentAt - 60_000, text: 'Would you like a demo?' });
      world.addMessage(thread.id, { direction: 'inbound', sentAt, text: `Yes, tell me more (${leads}).` });
      return connection === 'sales' ? `sales/${thread.id}` : `acme/${threadId({ campaignId, leadEmail })}`;
    },
    async stop() {
      await sandbox.stop();
      await mailServer.stop();
    },
  };
}
