import { setTimeout as sleep } from 'node:timers/promises';
import { hashToken } from '../shared/api/tokens.ts';
import type { ShowEvent } from '../shared/app/ports.ts';
import { openWorker } from '../shared/app/work.ts';
import { UserError } from '../shared/failure.ts';
import type { Worker } from '../shared/outbox/worker.ts';
import { failureOf } from '../shared/polling/poller.ts';
import type { Log } from '../shared/ports.ts';
import { restoredText } from '../shared/sending/restored.ts';
import { Unreadable } from '../shared/store/collection.ts';
import { sendAddress } from '../shared/store/keys.ts';
import type { Document } from '../shared/store/store.ts';
import { removeApiFile, writeApiFile } from './api-file.ts';
import { startApiServer } from './api-server.ts';
import { loadSettings, type Settings } from './settings.ts';
import { type LocalConnection, newSecret, openSystem, type System } from './system.ts';

/** What is still under way then is cut off; all of it is safe to cut off. */
const STOP_MS = 4_000;

export interface RunSettings {
  readonly config?: string;
  readonly data?: string;
  readonly once?: boolean;
  readonly port: number;
}

export interface Started {
  readonly system: System;
  readonly settings: Settings;
  /** Of the API. */
  readonly address: string;
  /** Opens the console, while this process runs. */
  readonly consoleToken: string;
}

/** Where a run tells whoever started it how it goes. */
export interface Screen {
  readonly log: Log;
  readonly show: ShowEvent;
  note(sentence: string): void;
  started(started: Started): void;
}

/** The system on one machine. Resolves to the exit code. */
export async function run(options: RunSettings, screen: Screen): Promise<number> {
  const settings = await loadSettings(options);
  const tokens = { cli: newSecret(), console: newSecret() };
  const arrived: Document[] = [];
  let worker: Worker | undefined;
  const system = await openSystem({
    settings,
    lively: true,
    log: screen.log,
    show: screen.show,
    warn: (sentence) => screen.note(sentence),
    recorded: (event) => (worker ? worker.offer(event) : arrived.push(event)),
    wake: () => worker?.wake(),
    wakeSend: (id) => worker?.urge(sendAddress(id)),
    ownTokens: [
      { by: 'cli', hash: hashToken(tokens.cli) },
      { by: 'console', hash: hashToken(tokens.console) },
    ],
  });
  try {
    const copy = await system.noteRestored();
    if (copy) screen.note(restoredText(copy));
    worker = openWorker(system);
    for (const event of arrived) worker.offer(event);
    if (options.once) return await once(system, worker, screen);
    return await forever({ system, worker, settings, tokens, port: options.port, screen });
  } finally {
    await system.close();
  }
}

async function once(system: System, worker: Worker, screen: Screen): Promise<number> {
  const active = system.connections.filter(({ paused }) => !paused);
  const polls = await Promise.all(
    active.map(async (each) => ({ id: each.id, failure: failureOf(await each.pollOnce({ all: true })) })),
  );
  for (const { id, failure } of polls) if (failure) screen.note(`${id}: ${failure.message}`);
  await worker.drain();
  return polls.some(({ failure }) => failure) ? 1 : 0;
}

interface Running {
  readonly system: System;
  readonly worker: Worker;
  readonly settings: Settings;
  readonly tokens: { readonly cli: string; readonly console: string };
  readonly port: number;
  readonly screen: Screen;
}

async function forever({ system, worker, settings, tokens, port, screen }: Running): Promise<number> {
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  const server = await startApiServer(port, system.api);
  const { dataDir } = settings;
  try {
    await writeApiFile(dataDir, { address: server.address, token: tokens.cli, pid: process.pid });
    screen.started({ system, settings, address: server.address, consoleToken: tokens.console });
    const active = system.connections.filter(({ paused }) => !paused);
    const loops = [worker.run(stop.signal), ...active.map(async (each) => await pollLoop(each, stop.signal, screen))];
    const watch = watchDatabase(system, stop);
    await Promise.race([Promise.all(loops), cutOff(stop.signal)]);
    const trouble = await watch;
    if (!trouble) return 0;
    screen.note(trouble.message);
    return 1;
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    await removeApiFile(dataDir);
    await server.close();
    // Sockets and sleeps of what was cut off would keep the process.
    setTimeout(() => process.exit(), STOP_MS / 8).unref();
  }
}

const LOOK_MS = 2_000;

/** Nothing that is written or sent from now on would be remembered: better to stop. Resolves when all is stopped. */
async function watchDatabase({ trouble }: System, stop: AbortController): Promise<UserError | undefined> {
  while (!stop.signal.aborted) {
    const found = trouble();
    if (found) {
      stop.abort();
      return found;
    }
    await sleep(LOOK_MS, undefined, { signal: stop.signal }).catch(() => {});
  }
  return undefined;
}

async function cutOff(signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  await sleep(STOP_MS, undefined, { ref: false });
}

/** What is not a vendor's failure, such as a full disk, must not end the loops: nothing is lost by trying again. */
const AFTER_ERROR_MS = 5_000;

function wordsOf(error: unknown): string {
  // The data folder's own trouble: a full disk, a damaged database, a document that cannot be read.
  if (error instanceof UserError || error instanceof Unreadable) return error.message;
  return `This poll ended with an unexpected error (${error instanceof Error ? error.name : 'unknown'}); it is tried again.`;
}

async function pollSafely(
  connection: LocalConnection,
): Promise<{ readonly trouble?: string; readonly nextInMs: number }> {
  try {
    const poll = await connection.pollOnce({ all: false });
    const failure = failureOf(poll);
    return { nextInMs: poll.nextInMs, ...(failure ? { trouble: failure.message } : {}) };
  } catch (error) {
    return { nextInMs: AFTER_ERROR_MS, trouble: wordsOf(error) };
  }
}

/** One connection's own loop: however slow it is, it delays no other. */
async function pollLoop(connection: LocalConnection, signal: AbortSignal, screen: Screen): Promise<void> {
  let told: string | undefined;
  while (!signal.aborted) {
    const { trouble, nextInMs } = await pollSafely(connection);
    if (trouble && trouble !== told && !signal.aborted) screen.note(`${connection.id}: ${trouble}`);
    told = trouble;
    await sleep(nextInMs, undefined, { signal }).catch(() => {});
  }
}
