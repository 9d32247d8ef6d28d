import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { copyFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningSandbox, startSandbox } from '../../sandbox/server.ts';
import { DEMO_KEYS } from '../../sandbox/switches.ts';
import { integrityOf } from '../adapters/sqlite/killed.ts';
import { emptyFolder, ended, printed, replybus, start } from './command-line.ts';

const SLOW_MS = 60_000;
const HEARD = 'Please call me.';

let sandbox: RunningSandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, seed: 2, lively: false });
});
afterAll(async () => await sandbox.stop());

/** A folder with a config, and a campaign whose lead writes when told to. */
function folderWithLead(): { readonly folder: string; write(text: string): void } {
  const folder = emptyFolder();
  const campaign = sandbox.world.addCampaign({ vendor: 'cohesive' });
  const config = {
    connections: [
      {
        id: 'acme',
        provider: 'cohesive',
        apiKey: DEMO_KEYS.cohesive,
        baseUrl: sandbox.urls.cohesive,
        campaigns: [campaign.id],
      },
    ],
    poll: { everySeconds: 1 },
    allowPrivateUrls: true,
  };
  writeFileSync(join(folder, 'replybus.config.json'), JSON.stringify(config));
  let leads = 0;
  return {
    folder,
    write(text) {
      leads += 1;
      const leadEmail = `lead${leads}@customer.example`;
      const thread = sandbox.world.addThread({ campaignId: campaign.id, leadEmail, leadName: 'Lead' });
      sandbox.world.addMessage(thread.id, { direction: 'inbound', sentAt: sandbox.world.now(), text });
    },
  };
}

const heard = async (folder: string, data: string): Promise<number> => {
  const { stdout } = await replybus(['events', '--json', '--data', data], folder);
  return stdout.split('\n').filter((line) => line.includes(HEARD)).length;
};

describe('replybus backup', { timeout: SLOW_MS }, () => {
  it('copies the database of a running system, and a system goes on from the copy', async () => {
    const { folder, write } = folderWithLead();
    expect((await replybus(['run', '--once'], folder)).code).toBe(0);
    const running = start(['run'], folder);
    const exited = ended(running);
    await printed(running, /API {2,}http/);
    write(HEARD);
    while ((await heard(folder, '.replybus')) < 1) await new Promise((resolve) => setTimeout(resolve, 100));
    const copied = await replybus(['backup', 'copy.db'], folder);
    expect(copied.stderr).not.toMatch(/fail|error/i);
    expect(copied.stdout).toMatch(/copy\.db holds the whole database \(\d+\.\d MB\)\.\n$/);
    running.kill('SIGKILL');
    await exited;

    expect(statSync(join(folder, 'copy.db')).mode & 0o777).toBe(0o600);
    expect(integrityOf(join(folder, 'copy.db'))).toBe('ok');
    mkdirSync(join(folder, 'again'), { mode: 0o700 });
    await copyFile(join(folder, 'copy.db'), join(folder, 'again', 'replybus.db'));
    // What was told before is not told again, and what is new is told.
    write(`${HEARD} Today.`);
    const again = await replybus(['run', '--once', '--data', 'again'], folder);
    expect(again.code).toBe(0);
    expect(again.stderr).toMatch(
      /This folder was restored from a copy of \d{4}-\d\d-\d\d \d\d:\d\d UTC: mail that may/,
    );
    expect(await heard(folder, 'again')).toBe(2);
    const { stdout } = await replybus(['doctor', '--data', 'again'], folder);
    expect(stdout).toContain('This folder was restored from a copy of');
  });

  it('leaves the folder it copies as it was: nothing there is taken for restored', async () => {
    const { folder } = folderWithLead();
    await replybus(['run', '--once'], folder);
    await replybus(['backup', 'copy.db'], folder);
    expect((await replybus(['run', '--once'], folder)).stderr).not.toContain('restored');
  });

  it('copies the database of a folder that nobody holds, prints it as JSON, and writes over nothing', async () => {
    const { folder } = folderWithLead();
    await replybus(['run', '--once'], folder);
    const copied = await replybus(['backup', 'copy.db', '--json'], folder);
    expect(JSON.parse(copied.stdout)).toEqual({
      file: join(folder, 'copy.db'),
      bytes: statSync(join(folder, 'copy.db')).size,
    });
    const again = await replybus(['backup', 'copy.db'], folder);
    expect(again.code).toBe(1);
    expect(again.stderr).toContain(`${join(folder, 'copy.db')} is there already; name a file that is not.\n`);
    const nowhere = await replybus(['backup', 'no/copy.db'], folder);
    expect(nowhere.stderr).toMatch(/There is no folder .*\/no; make it first\.\n$/);
    expect((await readdir(folder)).sort()).toEqual(['.replybus', 'copy.db', 'replybus.config.json']);
  });

  it('of a folder that holds no database copies nothing, makes nothing, and says so', async () => {
    const { folder } = folderWithLead();
    const copied = await replybus(['backup', 'copy.db', '--data', 'mistyped'], folder);
    expect(copied.code).toBe(1);
    expect(copied.stderr).toBe(
      'There is no database in mistyped; name the data folder of "replybus run" with --data.\n',
    );
    expect(await readdir(folder)).toEqual(['replybus.config.json']);
  });

  it('the process that has the folder ends with a sentence when that is taken away', async () => {
    const { folder } = folderWithLead();
    const running = start(['run'], folder);
    const exited = ended(running);
    await printed(running, /API {2,}http/);
    await rm(join(folder, '.replybus'), { recursive: true });
    const { code, stderr } = await exited;
    expect(stderr).toMatch(/was taken away or replaced while it was in use; put the data folder .* back as it was/);
    expect(code).toBe(1);
  });

  it("leaves a folder whose files are its owner's alone", async () => {
    const { folder } = folderWithLead();
    mkdirSync(join(folder, '.replybus'), { mode: 0o755 });
    const running = start(['run'], folder);
    const exited = ended(running);
    await printed(running, /API {2,}http/);
    const data = join(folder, '.replybus');
    expect(statSync(data).mode & 0o777).toBe(0o700);
    const names = await readdir(data);
    expect(names).toEqual(expect.arrayContaining(['api.json', 'replybus.db', 'replybus.db-wal']));
    for (const name of names) expect(statSync(join(data, name)).mode & 0o777).toBe(0o600);
    running.kill('SIGTERM');
    await exited;
  });
});
