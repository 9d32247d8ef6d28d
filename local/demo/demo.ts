import { join } from 'node:path';
import { demoAccounts } from '../../sandbox/accounts.ts';
import { type RunningSandbox, startSandbox } from '../../sandbox/server.ts';
import type { Config } from '../../shared/config/schema.ts';
import { type DemoMailServer, startDemoMailServer } from './demo-mail-server.ts';

const SEED = 1;
const EVERY_SECONDS = 1;

export interface Demo {
  readonly config: Config;
  readonly sandbox: RunningSandbox;
  readonly mailServer: DemoMailServer;
  stop(): Promise<void>;
}

/** Both vendors and a mail server on loopback, going on where they stopped. `lively`: new replies keep coming. */
export async function startDemo(dataDir: string, lively: boolean): Promise<Demo> {
  const sandbox = await startSandbox({ port: 0, seed: SEED, lively, dataFile: join(dataDir, 'world.json') });
  const mailServer = await startDemoMailServer(dataDir);
  const config: Config = {
    connections: [...demoAccounts(sandbox)],
    sinks: [{ id: 'terminal', type: 'stdout' }],
    poll: { everySeconds: EVERY_SECONDS },
    forwarding: { smtp: mailServer.url, from: 'you@demo.example' },
    allowPrivateUrls: true,
  };
  const stop = async () => {
    await sandbox.stop();
    await mailServer.stop();
  };
  return { config, sandbox, mailServer, stop };
}
