import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openSqlite } from '../../../adapters/sqlite/database.ts';
import { databaseFile } from '../../../local/data-folder.ts';
import { eventId } from '../../../shared/events/event.ts';
import { eventAddress, events } from '../../../shared/outbox/record.ts';
import { httpServer } from '../../adapters/node/loopback.ts';
import type { Stage } from './stage.ts';

const MAIN = join(import.meta.dirname, '../../../cli/main.ts');
const MINUTE_MS = 60_000;
const START_MS = 60_000;
const BATCH = 10_000;
const CONNECTION = 'big';

const threadId = (index: number) => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;

/** ColdSend's lists with this many threads, a minute apart, made up page by page. */
function vendor(threads: number) {
  const newest = Date.now() - 3 * 60 * MINUTE_MS;
  const at = (index: number) => new Date(newest - index * MINUTE_MS).toISOString();
  const row = (index: number) => ({
    thread_id: threadId(index),
    lead_email: `lead${index}@customer${index % 977}.example`,
    lead_name: `Lead ${index}`,
    campaign_name: 'Spring',
    subject: `Re: question ${index}`,
    last_message_preview: 'Thank you for your mail, let us talk.',
    last_message_at: at(index),
    is_read: index % 3 > 0,
    is_starred: false,
    reply_count: 1,
    category: null,
    tags: [],
  });
  const message = (index: number) => ({
    reply_id: `m${index}`,
    from_email: `lead${index}@customer${index % 977}.example`,
    to_email: 'sam@company.example',
    body_text: 'Thank you for your mail, let us talk.',
    is_outgoing: false,
    created_at: at(index),
    attachments: [],
  });
  const answer = (path: string, query: URLSearchParams): unknown => {
    const [, thread, rest] = /\/replies\/threads\/[\w-]+?(\d{12})(\/messages)?$/.exec(path) ?? [];
    if (rest !== undefined) return { messages: [message(Number(thread))], total_count: 1, limit: 100, page: 1 };
    if (thread !== undefined) return { ...row(Number(thread)), campaign_id: 'c1', inbox_email: 'sam@company.example' };
    if (path.endsWith('/campaigns')) return { campaigns: [{ campaign_id: 'c1', name: 'Spring', status: 'active' }] };
    const page = Number(query.get('page') ?? 1);
    const limit = Number(query.get('limit') ?? 50);
    const total = query.has('category') ? 0 : threads;
    const count = Math.max(0, Math.min(limit, total - (page - 1) * limit));
    const conversations = Array.from({ length: count }, (_, place) => row((page - 1) * limit + place));
    return { conversations, total_count: total, page, limit };
  };
  const state = { calls: 0 };
  const serve = (request: IncomingMessage, response: ServerResponse) => {
    state.calls += 1;
    const url = new URL(request.url ?? '/', 'http://vendor.example');
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer(url.pathname, url.searchParams)));
  };
  return { state, serve };
}

/** Recorded a second apart, the last one now; nothing is to be delivered. */
async function recordEvents(file: string, count: number): Promise<void> {
  const { store, close } = await openSqlite(file);
  const now = Date.now();
  const put = async (index: number) => {
    const id = eventId('reply.received', CONNECTION, threadId(index), `m${index}`);
    const recordedAt = now - index * 1_000;
    const lead = { email: `lead${index}@customer.example`, name: `Lead ${index}` };
    const data = {
      connection: CONNECTION,
      provider: 'coldsend',
      campaign: { id: 'c1', name: 'Spring' },
      lead,
      thread: { id: `${CONNECTION}/${threadId(index)}`, subject: 'Re: question', interested: false },
      message: {
        id: `m${index}`,
        text: 'Thank you.',
        preview: 'Thank you.',
        sentAt: new Date(recordedAt).toISOString(),
      },
    };
    const body = { type: 'reply.received', timestamp: new Date(recordedAt).toISOString(), data } as never;
    const value = { id, kind: 'event', type: 'reply.received', connection: CONNECTION, body, matched: true } as const;
    await events.put(store, { ...eventAddress(id), value, recordedAt }, 0);
  };
  for (let from = 0; from < count; from += BATCH)
    await Promise.all(Array.from({ length: Math.min(BATCH, count - from) }, (_, place) => put(from + place)));
  await close();
}

export interface BigStage extends Pick<Stage, 'address' | 'token' | 'stop'> {
  /** Calls that the vendor had. */
  calls(): number;
}

/** `replybus run` over a workspace of so many threads and a database of so many events. */
export async function openBigStage(threads: number, recorded: number): Promise<BigStage> {
  const folder = mkdtempSync(join(tmpdir(), 'replybus-big-'));
  const data = join(folder, 'data');
  mkdirSync(data, { mode: 0o700 });
  const { state, serve } = vendor(threads);
  const server = await httpServer(serve);
  const config = join(folder, 'config.json');
  const connection = { id: CONNECTION, provider: 'coldsend', apiKey: 'cs_live_big', baseUrl: server.url.slice(0, -1) };
  writeFileSync(config, JSON.stringify({ connections: [connection], sinks: [], allowPrivateUrls: true }));
  await recordEvents(databaseFile(data), recorded);
  const parameters = [MAIN, 'run', '--data', data, '--config', config, '--port', '0'];
  const child = spawn(process.execPath, parameters, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  const opened = async () => {
    for (const until = Date.now() + START_MS; Date.now() < until; await sleep(100)) {
      try {
        return JSON.parse(readFileSync(join(data, 'api.json'), 'utf8'));
      } catch {
        if (child.exitCode !== null) break;
      }
    }
    throw new Error('The system did not start.');
  };
  const { address, token } = await opened();
  return {
    address,
    token,
    calls: () => state.calls,
    async stop() {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
      await server[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
