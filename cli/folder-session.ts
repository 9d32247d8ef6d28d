import { SendFollower } from '../local/send-follower.ts';
import type { Settings } from '../local/settings.ts';
import { newSecret, openSystem } from '../local/system.ts';
import { respond } from '../shared/api/app.ts';
import { hashToken } from '../shared/api/tokens.ts';
import { ApiClient, type Work } from './client.ts';
import { cliLog } from './log.ts';
import { note, printJson } from './output.ts';

const QUIET_MS = 1_000;
/** Nothing listens there: requests are answered by this process. */
const ORIGIN = 'http://replybus.invalid';

async function ending(follower: SendFollower): Promise<void> {
  const words = 'Waiting for the answer to what is being sent; "replybus sends" tells how it ended.';
  const timer = setTimeout(() => note(words), QUIET_MS);
  await follower.end();
  clearTimeout(timer);
}

/** Opens the data folder for one command. */
export async function withFolder(settings: Settings, work: Work): Promise<void> {
  let follower: SendFollower | undefined;
  const token = newSecret();
  const system = await openSystem({
    settings,
    lively: false,
    log: cliLog,
    show: (id, event) => printJson({ id, ...event }),
    warn: note,
    recorded: () => {},
    wake: () => {},
    wakeSend: (id) => follower?.follow(id),
    ownTokens: [{ by: 'cli', hash: hashToken(token) }],
  });
  follower = new SendFollower(system.sending);
  try {
    const fetch = (request: Request) => respond(request, system.api);
    await work(new ApiClient({ origin: ORIGIN, token, fetch }), false);
  } finally {
    await ending(follower);
    await system.close();
  }
}
