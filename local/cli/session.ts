import { answer } from '../../shared/api/handle.ts';
import type { Json } from '../../shared/model.ts';
import { type ApiFile, readApiFile } from '../api-file.ts';
import { loadSettings, type Settings } from '../settings.ts';
import { openSystem } from '../system.ts';
import { ApiClient, type Ask } from './client.ts';
import { cliLog } from './log.ts';
import type { CommonOptions } from './options.ts';
import { note, printJson } from './output.ts';

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Json> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') yield JSON.parse(line);
  }
}

/** Asks the process that holds the data folder. */
function remote({ address, token }: ApiFile): Ask {
  return async ({ method, path, query, body }, signal) => {
    const response = await fetch(`${address}${path}${query.size > 0 ? `?${query}` : ''}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      redirect: 'error',
      ...(body === undefined ? {} : { body }),
      ...(signal === undefined ? {} : { signal }),
    });
    const streamed = response.headers.get('content-type') === 'application/x-ndjson';
    if (streamed && response.body) return { status: response.status, lines: linesOf(response.body) };
    return { status: response.status, body: JSON.parse(await response.text()) };
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

async function* until(signal: AbortSignal, lines: AsyncIterable<Json>): AsyncGenerator<Json> {
  for await (const line of lines) {
    yield line;
    if (signal.aborted) return;
  }
}

async function withFolder(settings: Settings, work: (api: ApiClient) => Promise<void>): Promise<void> {
  const system = await openSystem({
    settings,
    lively: false,
    log: cliLog,
    show: (id, event) => printJson({ id, ...event }),
    warn: note,
    recorded: () => {},
    wake: () => {},
  });
  try {
    const ask: Ask = async (request, signal) => {
      const response = await answer(request, system.api);
      return 'lines' in response && signal ? { ...response, lines: until(signal, response.lines) } : response;
    };
    await work(new ApiClient(ask));
  } finally {
    await system.close();
  }
}

/** The API for one command: of the process that holds the data folder when there is one, else of this process. */
export async function withApi(options: CommonOptions, work: (api: ApiClient) => Promise<void>): Promise<void> {
  const settings = await loadSettings(options);
  const file = await readApiFile(settings.dataDir);
  if (file && (await listens(file))) await work(new ApiClient(remote(file)));
  else await withFolder(settings, work);
}
