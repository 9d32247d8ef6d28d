/**
 * Shows by the system calls of `replybus run` that what it announces is on disk: `npx node test/verify/kill/trace.ts`. Needs
 * `strace`. Prints, of each call out, what was written and flushed before it; exit 1 where something was not.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startSandbox } from '../../../sandbox/server.ts';
import { DEMO_KEYS } from '../../../sandbox/switches.ts';
import { startReceiver } from './receiver.ts';

const MAIN = join(import.meta.dirname, '../../../cli/main.ts');
const SECRET = `whsec_${Buffer.from('replybus-trace-signing-key-00000').toString('base64')}`;
const PATIENCE_MS = 30_000;

/** What a line of the trace is, of those that matter. */
type Step =
  | { readonly kind: 'write' | 'flush'; readonly at: number; readonly file: string }
  | { readonly kind: 'out'; readonly at: number; readonly what: string };

const FILE = /(pwrite64|pwritev|write|fdatasync|fsync)\(\d+<([^>]*replybus\.db[^>]*)>/;
const OUT = /(?:write|writev|sendto|sendmsg)\(\d+<[^>]*>.*?"(POST \/hook|POST \/cohesive\/api\/[^ "]*\/reply)/;

function stepOf(line: string): Step | undefined {
  const at = Number(/^(?:\[?pid +)?\d+\]? +(\d+\.\d+)/.exec(line)?.[1]);
  const [, call = '', path = ''] = FILE.exec(line) ?? [];
  const file = path.slice(path.lastIndexOf('/') + 1);
  if (call.endsWith('sync')) return { kind: 'flush', at, file };
  if (call !== '') return { kind: 'write', at, file };
  const what = OUT.exec(line)?.[1];
  return what === undefined ? undefined : { kind: 'out', at, what };
}

/** Of each call out: what was written since the one before, and whether a flush came after the last of it. */
function report(steps: readonly Step[]): boolean {
  let whole = true;
  let writes = 0;
  let flushes = 0;
  let unflushed = 0;
  let flushedAt = 0;
  for (const step of steps) {
    if (step.kind === 'write' && step.file.endsWith('-wal')) {
      writes += 1;
      unflushed += 1;
    } else if (step.kind === 'flush' && step.file.endsWith('-wal')) {
      flushes += 1;
      unflushed = 0;
      flushedAt = step.at;
    } else if (step.kind === 'out') {
      const ago = ((step.at - flushedAt) * 1_000).toFixed(2);
      const good = writes > 0 && flushes > 0 && unflushed === 0;
      whole &&= good;
      console.log(
        `${step.what}: ${writes} writes to the log since the call before, ${flushes} flushes, the last ${ago} ms earlier, ${unflushed} writes not flushed${good ? '' : '  <- WRONG'}`,
      );
      writes = 0;
      flushes = 0;
    }
  }
  return whole;
}

async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  for (let waited = 0; waited < PATIENCE_MS; waited += 50) {
    if (await holds()) return;
    await sleep(50);
  }
  throw new Error(`waited in vain for ${what}`);
}

const folder = await mkdtemp(join(tmpdir(), 'replybus-trace-'));
const sandbox = await startSandbox({ port: 0, seed: 5, lively: false });
const receiver = await startReceiver(SECRET, () => 1, 0, 0);
const trace = join(folder, 'trace');
const leadEmail = 'lead@cohesive.example';
const campaign = sandbox.world.addCampaign({ vendor: 'cohesive' });
const thread = sandbox.world.addThread({ campaignId: campaign.id, leadEmail, leadName: 'Lead', vendor: 'cohesive' });
const hear = (text: string) =>
  sandbox.world.addMessage(thread.id, { direction: 'inbound', sentAt: sandbox.world.now(), text });
hear('An old reply.');
await writeFile(
  join(folder, 'config.json'),
  JSON.stringify({
    connections: [{ id: 'acme', provider: 'cohesive', apiKey: DEMO_KEYS.cohesive, baseUrl: sandbox.urls.cohesive }],
    sinks: [{ id: 'hook', type: 'webhook', url: receiver.url, secret: SECRET, events: ['reply.received'] }],
    poll: { everySeconds: 1 },
    allowPrivateUrls: true,
  }),
);
const calls = 'trace=pwrite64,pwritev,write,writev,sendto,sendmsg,fsync,fdatasync';
const data = ['--config', join(folder, 'config.json'), '--data', join(folder, 'data')];
const child = spawn(
  'strace',
  ['-f', '-y', '-ttt', '-s', '120', '-e', calls, '-o', trace, process.execPath, MAIN, 'run', ...data],
  { stdio: ['ignore', 'ignore', 'inherit'] },
);
try {
  const api = async () => JSON.parse(await readFile(join(folder, 'data', 'api.json'), 'utf8'));
  await until('the API', async () => await api().then(Boolean, () => false));
  const { address, token, pid } = await api();
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  await until('the first poll', async () => (await fetch(`${address}/health`, { headers })).ok);
  await sleep(2_500);
  hear('Tell me more.');
  await until('the delivery', () => receiver.receipts.length > 0);
  const name = Buffer.from(JSON.stringify([campaign.id, leadEmail])).toString('base64url');
  const body = JSON.stringify({ text: 'Thank you, shall we talk on Thursday?' });
  await fetch(`${address}/v1/threads/acme/${name}/reply`, { method: 'POST', headers, body });
  const sent = () => sandbox.world.outbox.length > 0;
  await until('the post', sent);
  await sleep(500);
  process.kill(pid, 'SIGTERM');
  await once(child, 'exit');
  const lines = (await readFile(trace, 'utf8')).split('\n');
  const steps = lines.flatMap((line) => stepOf(line) ?? []);
  const outs = steps.filter(({ kind }) => kind === 'out').length;
  const whole = report(steps);
  if (!whole || outs < 2) process.exitCode = 1;
} finally {
  child.kill();
  receiver.stop();
  await sandbox.stop();
  await rm(folder, { recursive: true, force: true });
}
