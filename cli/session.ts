import { type ApiFile, readApiFile } from '../local/api-file.ts';
import { loadSettings } from '../local/settings.ts';
import { UserError } from '../shared/failure.ts';
import type { Json } from '../shared/model.ts';
import { ApiClient, type Ask } from './client.ts';
import type { CommonOptions } from './options.ts';

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Json> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') yield JSON.parse(line);
  }
}

/** The process may be stopped at any moment; what it had taken in by then is not lost. */
function stopped(signal: AbortSignal | undefined, error: unknown): never {
  if (signal?.aborted) throw error;
  const words = 'The running "replybus run" stopped while it was asked; start it again';
  throw new UserError(`${words}, then "replybus sends" tells what became of a mail it may have taken in.`, 1);
}

/** Asks the process that holds the data folder. */
function remote({ address, token }: ApiFile): Ask {
  return async ({ method, path, query, body, idempotencyKey }, signal) => {
    const key = idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey };
    const response = await fetch(`${address}${path}${query.size > 0 ? `?${query}` : ''}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...key },
      redirect: 'error',
      ...(body === undefined ? {} : { body }),
      ...(signal === undefined ? {} : { signal }),
    }).catch((error: unknown) => stopped(signal, error));
    const streamed = response.headers.get('content-type') === 'application/x-ndjson';
    if (streamed && response.body) return { status: response.status, lines: linesOf(response.body) };
    const text = await response.text().catch((error: unknown) => stopped(signal, error));
    return { status: response.status, body: JSON.parse(text) };
  };
}

async function listens({ address }: ApiFile): Promise<boolean> {
  try {
    await (await fetch(`${address}/health`, { redirect: 'error' })).text();
    return true;
  } catch {
    return false;
  }
}

/** What a command does with the API; told whether another process runs and goes on with what is left. */
export type Work = (api: ApiClient, isRunning: boolean) => Promise<void>;

/** The API for one command: of the process that holds the data folder when there is one, else of this process. */
export async function withApi(options: CommonOptions, work: Work): Promise<void> {
  const settings = await loadSettings(options);
  const file = await readApiFile(settings.dataDir);
  if (file && (await listens(file))) await work(new ApiClient(remote(file)), true);
  else {
    // Loaded late: who only asks another process needs no database.
    const { withFolder } = await import('./folder-session.ts');
    await withFolder(settings, work);
  }
}
