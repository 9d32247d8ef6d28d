import { type ApiFile, readApiFile } from '../local/api-file.ts';
import { needDatabase } from '../local/data-folder.ts';
import { loadSettings } from '../local/settings.ts';
import { ApiClient, type Work } from './client.ts';
import { overLoopback } from './loopback.ts';
import type { CommonOptions } from './options.ts';

async function listens({ address }: ApiFile): Promise<boolean> {
  try {
    await (await overLoopback(new Request(`${address}/health`))).text();
    return true;
  } catch {
    return false;
  }
}

async function connect(options: CommonOptions, work: Work, check?: (dataDir: string) => Promise<void>): Promise<void> {
  const settings = await loadSettings(options);
  const file = await readApiFile(settings.dataDir);
  if (file && (await listens(file))) {
    await work(new ApiClient({ origin: file.address, token: file.token, fetch: overLoopback }), true);
    return;
  }
  await check?.(settings.dataDir);
  // Loaded late: who only asks another process needs no database.
  const { withFolder } = await import('./folder-session.ts');
  await withFolder(settings, work);
}

/** The API for one command: of the process that holds the data folder when there is one, else of this process. */
export const withApi = (options: CommonOptions, work: Work): Promise<void> => connect(options, work);

/** As {@link withApi}, for what makes no sense of a folder without a database. */
export const withKnownData = (options: CommonOptions, work: Work): Promise<void> =>
  connect(options, work, needDatabase);
