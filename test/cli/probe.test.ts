import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningSandbox, startSandbox } from '../../sandbox/server.ts';
import { DEMO_KEYS } from '../../sandbox/switches.ts';
import { emptyFolder, replybus } from './command-line.ts';

const SLOW_MS = 60_000;
const LEAD = 'jane@customer.example';

let sandbox: RunningSandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, seed: 3, lively: false });
});
afterAll(async () => await sandbox.stop());

function folderOf(apiKey: string = DEMO_KEYS.coldsend): string {
  const folder = emptyFolder();
  const connections = [{ id: 'sales', provider: 'coldsend', apiKey, baseUrl: sandbox.urls.coldsend }];
  writeFileSync(join(folder, 'replybus.config.json'), JSON.stringify({ connections, allowPrivateUrls: true }));
  return folder;
}

describe('replybus doctor --probe', { timeout: SLOW_MS }, () => {
  it('prints what was assumed, seen and follows, and writes a report without a value', async () => {
    const campaign = sandbox.world.addCampaign({ vendor: 'coldsend', name: 'Spring offer' });
    const thread = sandbox.world.addThread({ campaignId: campaign.id, leadEmail: LEAD, leadName: 'Jane' });
    sandbox.world.addMessage(thread.id, { direction: 'inbound', sentAt: sandbox.world.now(), text: 'Please call me.' });
    const folder = folderOf();
    const { code, stdout, stderr } = await replybus(['doctor', '--probe', 'sales', '--report', 'seen.json'], folder);
    expect([code, stderr.replace(/^.*literal.*\n/gm, '')]).toEqual([0, expect.any(String)]);
    expect(stdout).toMatch(/✓ message ids\n {4}assumed {2}.*\n {4}seen {5}.*\n {4}follows/);
    const report = readFileSync(join(folder, 'seen.json'), 'utf8');
    expect(report).toContain('answer.conversations[].lead_email');
    for (const value of [LEAD, 'Jane', 'Spring', 'Please call', thread.id, campaign.id, 'sales', DEMO_KEYS.coldsend])
      expect(report).not.toContain(value);
    const again = await replybus(['doctor', '--probe', '--report', 'seen.json'], folder);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('is there already')]);
  });

  it('fails when the vendor refuses, in a sentence without the key', async () => {
    const { code, stdout } = await replybus(['doctor', '--probe'], folderOf('cs_live_unknown_key'));
    expect(code).toBe(1);
    expect(stdout).toMatch(/✗ check the key: /);
    expect(stdout).not.toContain('cs_live_unknown_key');
  });

  it.each([
    [['doctor', '--report', 'seen.json'], /add --probe/, 2],
    [['doctor', '--probe', '--stage', 'prod'], /leave --stage out/, 2],
    [['doctor', '--probe', 'nobody'], /nobody/, 1],
  ] as const)('refuses %j', async (args, sentence, code) => {
    const ended = await replybus(args, folderOf());
    expect([ended.code, ended.stderr]).toEqual([code, expect.stringMatching(sentence)]);
  });
});
