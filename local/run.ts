import { setTimeout as sleep } from 'node:timers/promises';
import { cliLog } from '../cli/log.ts';
import { note, painter, print, printJson } from '../cli/output.ts';
import { eventText, headingText } from '../cli/terminal.ts';
import { hashToken } from '../shared/api/tokens.ts';
import type { Event } from '../shared/events/event.ts';
import type { Document } from '../shared/store/store.ts';
import { removeApiFile, writeApiFile } from './api-file.ts';
import { startApiServer } from './api-server.ts';
import type { LocalConnection } from './connections.ts';
import { DueLoop } from './due-loop.ts';
import { loadSettings, type Settings } from './settings.ts';
import { newSecret, openSystem, type System } from './system.ts';

/** What is still under way then is cut off; all of it is safe to cut off. */
const STOP_MS = 4_000;

export interface RunSettings {
  readonly config?: string;
  readonly data?: string;
  readonly json?: boolean;
  readonly once?: boolean;
  readonly port: number;
}

/** The system on one machine. Resolves to the exit code. */
export async function run(options: RunSettings): Promise<number> {
  const settings = await loadSettings(options);
  const token = newSecret();
  const arrived: Document[] = [];
  let loop: DueLoop | undefined;
  const paint = painter(process.stdout);
  const show = (id: string, event: Event) =>
    options.json ? printJson({ id, ...event }) : print(eventText(event, paint, Date.now()));
  const system = await openSystem({
    settings,
    lively: true,
    log: cliLog,
    show,
    warn: note,
    recorded: (event) => (loop ? loop.hint(event) : arrived.push(event)),
    wake: () => loop?.wake(),
    wakeSend: (id) => loop?.wakeSend(id),
    ownTokenHash: hashToken(token),
  });
  try {
    loop = new DueLoop(system.delivery, system.sending);
    for (const event of arrived) loop.hint(event);
    if (options.once) return await once(system, loop);
    return await forever({ system, loop, settings, token, options });
  } finally {
    await system.close();
  }
}

async function once(system: System, loop: DueLoop): Promise<number> {
  await loop.recover();
  const active = system.connections.filter(({ paused }) => !paused);
  const polls = await Promise.all(
    active.map(async (each) => ({ id: each.id, ...(await each.pollOnce({ all: true })) })),
  );
  for (const { id, failure } of polls) if (failure) note(`${id}: ${failure.message}`);
  await loop.drain();
  return polls.some(({ failure }) => failure) ? 1 : 0;
}

interface Running {
  readonly system: System;
  readonly loop: DueLoop;
  readonly settings: Settings;
  readonly token: string;
  readonly options: RunSettings;
}

async function forever({ system, loop, settings, token, options }: Running): Promise<number> {
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  const server = await startApiServer(options.port, system.api);
  const { dataDir } = settings;
  try {
    await writeApiFile(dataDir, { address: server.address, token, pid: process.pid });
    const file = settings.kind === 'config' ? { file: settings.file } : {};
    const heading = headingText({ system, dataDir, address: server.address, ...file }, painter(process.stdout));
    if (!options.json) print(`${heading}\n`);
    const active = system.connections.filter(({ paused }) => !paused);
    const loops = [loop.run(stop.signal), ...active.map(async (each) => await pollLoop(each, stop.signal))];
    await Promise.race([Promise.all(loops), cutOff(stop.signal)]);
    return 0;
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    await removeApiFile(dataDir);
    await server.close();
    // Sockets and sleeps of what was cut off would keep the process.
    setTimeout(() => process.exit(), STOP_MS / 8).unref();
  }
}

async function cutOff(signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  await sleep(STOP_MS, undefined, { ref: false });
}

/** What is not a vendor's failure, such as a full disk, must not end the loops: nothing is lost by trying again. */
const AFTER_ERROR_MS = 5_000;

async function pollSafely(
  connection: LocalConnection,
): Promise<{ readonly trouble?: string; readonly nextInMs: number }> {
  try {
    const { failure, nextInMs } = await connection.pollOnce({ all: false });
    return { nextInMs, ...(failure ? { trouble: failure.message } : {}) };
  } catch (error) {
    const name = error instanceof Error ? error.name : 'unknown';
    return {
      nextInMs: AFTER_ERROR_MS,
      trouble: `This poll ended with an unexpected error (${name}); it is tried again.`,
    };
  }
}

/** One connection's own loop: however slow it is, it delays no other. */
async function pollLoop(connection: LocalConnection, signal: AbortSignal): Promise<void> {
  let told: string | undefined;
  while (!signal.aborted) {
    const { trouble, nextInMs } = await pollSafely(connection);
    if (trouble && trouble !== told && !signal.aborted) note(`${connection.id}: ${trouble}`);
    told = trouble;
    await sleep(nextInMs, undefined, { signal }).catch(() => {});
  }
}
