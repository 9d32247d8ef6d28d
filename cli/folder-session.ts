import { SendFollower } from '../local/send-follower.ts';
import type { Settings } from '../local/settings.ts';
import { openSystem } from '../local/system.ts';
import { answer } from '../shared/api/handle.ts';
import type { Json } from '../shared/model.ts';
import { ApiClient, type Ask } from './client.ts';
import { cliLog } from './log.ts';
import { note, printJson } from './output.ts';
import type { Work } from './session.ts';

async function* until(signal: AbortSignal, lines: AsyncIterable<Json>): AsyncGenerator<Json> {
  for await (const line of lines) {
    yield line;
    if (signal.aborted) return;
  }
}

const QUIET_MS = 1_000;

async function ending(follower: SendFollower): Promise<void> {
  const words = 'Waiting for the answer to what is being sent; "replybus sends" tells how it ended.';
  const timer = setTimeout(() => note(words), QUIET_MS);
  await follower.end();
  clearTimeout(timer);
}

/** Opens the data folder for one command. */
export async function withFolder(settings: Settings, work: Work): Promise<void> {
  let follower: SendFollower | undefined;
  const system = await openSystem({
    settings,
    lively: false,
    log: cliLog,
    show: (id, event) => printJson({ id, ...event }),
    warn: note,
    recorded: () => {},
    wake: () => {},
    wakeSend: (id) => follower?.follow(id),
  });
  follower = new SendFollower(system.sending);
  try {
    const ask: Ask = async (request, signal) => {
      const response = await answer(request, system.api);
      return 'lines' in response && signal ? { ...response, lines: until(signal, response.lines) } : response;
    };
    await work(new ApiClient(ask), false);
  } finally {
    await ending(follower);
    await system.close();
  }
}
