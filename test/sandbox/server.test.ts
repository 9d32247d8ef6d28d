import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { type RunningSandbox, startSandbox } from '../../sandbox/server.ts';
import { DEMO_KEYS, type Switches } from '../../sandbox/switches.ts';
import { UserError } from '../../shared/failure.ts';

const running: RunningSandbox[] = [];
const folder = mkdtempSync(join(tmpdir(), 'sandbox-'));
afterEach(async () => {
  for (const sandbox of running.splice(0)) await sandbox.stop();
});
afterAll(() => rmSync(folder, { recursive: true }));

async function start(switches: Partial<Switches> = {}, dataFile?: string): Promise<RunningSandbox> {
  const kept = dataFile === undefined ? {} : { dataFile };
  const sandbox = await startSandbox({ port: 0, seed: 1, lively: false, switches, ...kept });
  running.push(sandbox);
  return sandbox;
}

const list = ({ urls }: RunningSandbox) =>
  fetch(`${urls.coldsend}/replies`, { headers: { 'X-API-Key': DEMO_KEYS.coldsend } });

function addLead({ world }: RunningSandbox): string {
  const { id } = world.addThread({ campaignId: null, leadEmail: 'a@lead.example', leadName: 'A' });
  world.addMessage(id, { direction: 'inbound', sentAt: world.now(), text: 'Hello' });
  return id;
}

const reply = ({ urls }: RunningSandbox, id: string) =>
  fetch(`${urls.coldsend}/replies/threads/${id}/reply`, {
    method: 'POST',
    headers: { 'X-API-Key': DEMO_KEYS.coldsend, 'content-type': 'application/json' },
    body: '{"body": "Hi"}',
  });

async function send(url: string, method: string, body: unknown): Promise<{ status: number; body: unknown }> {
  const response = await fetch(url, { method, body: JSON.stringify(body) });
  return { status: response.status, body: await response.json() };
}

describe('the sandbox server', () => {
  it('serves both vendors on loopback with the Date of the vendor', async () => {
    const sandbox = await start({ dateSkewMs: 3_600_000 });
    const answer = await list(sandbox);
    expect(answer.status).toBe(200);
    expect(Date.parse(answer.headers.get('date') ?? '') - Date.now()).toBeGreaterThan(3_500_000);
    const campaigns = await fetch(`${sandbox.urls.cohesive}/campaigns`, {
      headers: { 'x-api-key': DEMO_KEYS.cohesive },
    });
    expect(await campaigns.json()).toEqual([]);
    expect((await fetch(new URL('/elsewhere', sandbox.urls.control))).status).toBe(404);
  });

  it.each([
    ['resetBeforeRate', 0],
    ['resetAfterRate', 1],
  ] as const)('breaks the connection under %s, the write carried out %i times', async (name, carriedOut) => {
    const sandbox = await start({ [name]: 1 });
    const id = addLead(sandbox);
    await expect(reply(sandbox, id)).rejects.toThrow();
    expect(sandbox.world.outbox).toHaveLength(carriedOut);
  });

  it('breaks off in the middle of a body', async () => {
    const sandbox = await start({ truncatedRate: 1 });
    const answer = await list(sandbox);
    expect(answer.status).toBe(200);
    await expect(answer.text()).rejects.toThrow();
  });

  it('is moved by its control endpoint', async () => {
    const sandbox = await start();
    const { control } = sandbox.urls;
    const made = await send(`${control}/threads`, 'POST', {
      campaignId: null,
      leadEmail: 'a@lead.example',
      leadName: 'A',
      text: 'Hello',
    });
    expect(made.status).toBe(201);
    const [id] = sandbox.world.threads.keys();
    expect((await send(`${control}/messages`, 'POST', { threadId: id, text: 'Again' })).status).toBe(201);
    expect((await send(`${control}/labels`, 'POST', { threadId: id, intent: 'interested' })).status).toBe(200);
    expect(await (await list(sandbox)).json()).toMatchObject({
      conversations: [{ lead_email: 'a@lead.example', reply_count: 2, category: 'interested' }],
    });
    expect((await send(`${control}/switches`, 'PATCH', { errorRate: 1 })).body).toMatchObject({ errorRate: 1 });
    expect((await list(sandbox)).status).toBe(500);
    expect(await (await fetch(control)).json()).toMatchObject({ threads: 1, messages: 2, sent: 0 });
    expect(await (await fetch(`${control}/threads`)).json()).toMatchObject([{ id }]);
  });

  it('names the field of a control request that does not fit', async () => {
    const { urls } = await start();
    for (const [path, method, body, named] of [
      ['switches', 'PATCH', { errorRate: 2 }, 'errorRate'],
      ['switches', 'PATCH', { eror: 1 }, 'eror'],
      ['threads', 'POST', { campaignId: null, leadEmail: 'a@lead.example' }, 'leadName'],
      ['messages', 'POST', { threadId: 'unknown', text: 'x' }, 'unknown'],
    ] as const) {
      const { status, body: answer } = await send(`${urls.control}/${path}`, method, body);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(JSON.stringify(answer)).toContain(named);
    }
  });

  it('has on disk what it told, and goes on from there', async () => {
    const file = join(folder, 'deep', 'world.json');
    const first = await start({}, file);
    const id = addLead(first);
    expect((await reply(first, id)).status).toBe(200);
    // Read before the stop: what a kill at this moment leaves.
    const left = readFileSync(file);
    writeFileSync(join(folder, 'copy.json'), left);
    const second = await start({}, join(folder, 'copy.json'));
    expect(second.world.outbox).toEqual(first.world.outbox);
    expect(await (await list(second)).json()).toMatchObject({ conversations: [{ thread_id: id, reply_count: 1 }] });
  });

  it('refuses a damaged world, a path that cannot be and a taken port in one sentence each', async () => {
    const damaged = join(folder, 'damaged.json');
    writeFileSync(damaged, '{"campaigns": [');
    await expect(start({}, damaged)).rejects.toThrow(/damaged; delete the file/);
    await expect(start({}, join(damaged, 'below-a-file.json'))).rejects.toThrow(UserError);
    const { urls } = await start();
    const port = Number(new URL(urls.control).port);
    const taken = startSandbox({ port, seed: 1, lively: false });
    await expect(taken).rejects.toThrow(UserError);
    await expect(taken).rejects.toThrow(/is taken; choose another with --port/);
  });

  it('has a lively world at once when asked', async () => {
    const sandbox = await startSandbox({ port: 0, seed: 5, lively: true });
    running.push(sandbox);
    expect(await (await list(sandbox)).json()).toMatchObject({
      success: true,
      conversations: { length: expect.any(Number) },
    });
    expect(sandbox.world.threads.size).toBe(25);
  });
});
