import * as z from 'zod/mini';
import { UserError } from '../shared/failure.ts';
import type { Json } from '../shared/model.ts';
import type { Clock, Http } from '../shared/ports.ts';
import type { Provider } from '../shared/provider.ts';
import { type Ask, askerOf, checkScopes, hasConsole, placeOf } from './ask.ts';
import { Halt } from './errors.ts';
import type { Bundle } from './platform.ts';

export interface ConsolePlace {
  /** The console's address; null where the deployment has none. */
  readonly url: string | null;
  /** What the deployment calls this connection; null where it has several, or none. */
  readonly connection: string | null;
}

/** How long an action waits for a send to be settled, and how often it looks. */
const OUTCOME_WAIT_MS = 15_000;
const OUTCOME_EVERY_MS = 1_000;

const ConnectionsWire = z.object({ items: z.array(z.object({ id: z.string(), provider: z.string() })) });
const SendWire = z.object({ id: z.string(), key: z.string(), state: z.string(), meaning: z.string() });
const ThreadWire = z.object({ starred: z.nullable(z.boolean()), read: z.nullable(z.boolean()) });

type SendOutcome = z.infer<typeof SendWire>;

/** Nobody knows yet how it ends: worth another look. */
const MOVING = new Set(['waiting', 'sending', 'uncertain']);
/** Nothing was sent. */
const NOT_SENT = new Set(['refused', 'failed', 'undone']);

/** What is done in one thread of one connection. */
interface Actions {
  /** What became of the send, as far as it is settled in the time an action has. Throws when nothing was sent. */
  send(call: {
    readonly connection: string;
    readonly threadId: string;
    readonly kind: 'reply' | 'forward';
    readonly key: string;
    readonly body: Json;
  }): Promise<SendOutcome>;
  setStarred(connection: string, threadId: string, starred: boolean): Promise<boolean>;
  markRead(connection: string, threadId: string): Promise<boolean>;
}

/** The HTTP API of the owner's own Replybus, which keeps what Zapier cannot: stars, and the record of every send. */
export interface Deployment extends Actions {
  /** Ids of its connections to this provider. */
  connections(): Promise<readonly string[]>;
  /** Throws when it cannot be used for this provider. */
  verify(): Promise<void>;
  /** Where a person reads its threads. */
  console(): Promise<ConsolePlace>;
  /** Its connection to this provider; `wanted` where there are several. */
  connectionFor(wanted: string | undefined): Promise<string>;
}

interface World {
  readonly provider: Provider;
  readonly http: Http;
  readonly clock: Clock;
  /** The vendor is a server on this machine, so Replybus may be one too. */
  readonly isTest: boolean;
}

async function settled(ask: Ask, first: SendOutcome, clock: Clock): Promise<SendOutcome> {
  const until = clock.now() + OUTCOME_WAIT_MS;
  let send = first;
  while (MOVING.has(send.state) && clock.now() < until) {
    await clock.sleep(OUTCOME_EVERY_MS);
    try {
      send = await ask({ method: 'GET', path: ['sends', send.id], shape: SendWire });
    } catch {
      // It was accepted; how it ended can be read in Replybus, and must not make Zapier run this again.
      break;
    }
  }
  if (NOT_SENT.has(send.state)) throw new Halt(send.meaning);
  return send;
}

export const actionsAt = ({ ask, clock }: { readonly ask: Ask; readonly clock: Clock }): Actions => ({
  async send({ connection, threadId, kind, key, body }) {
    const path = ['threads', connection, threadId, kind];
    return await settled(ask, await ask({ method: 'POST', path, body, key, shape: SendWire }), clock);
  },
  async setStarred(connection, threadId, starred) {
    const path = ['threads', connection, threadId, 'star'];
    return (await ask({ method: 'PUT', path, body: { starred }, shape: ThreadWire })).starred ?? starred;
  },
  async markRead(connection, threadId) {
    const path = ['threads', connection, threadId, 'read'];
    return (await ask({ method: 'PUT', path, body: { read: true }, shape: ThreadWire })).read ?? true;
  },
});

function first(ids: readonly string[], label: string): string {
  const [id] = ids;
  if (id !== undefined) return id;
  throw new UserError(`Your Replybus has no connection to ${label}; add one there, or take its URL out here.`);
}

function chosen(ids: readonly string[], wanted: string | undefined, label: string): string {
  if (wanted !== undefined && ids.includes(wanted)) return wanted;
  const only = first(ids, label);
  if (wanted === undefined && ids.length === 1) return only;
  const names = ids.join(', ');
  throw new UserError(`Your Replybus has these connections to ${label}: ${names}; choose one in "Connection".`);
}

export function deploymentOf({ authData }: Pick<Bundle, 'authData'>, world: World): Deployment | undefined {
  const url = authData.replybusUrl?.trim();
  if (!url) return undefined;
  const place = placeOf(url, authData.replybusToken?.trim() ?? '', world.isTest);
  const { base } = place;
  // The vendor's key may well be accepted still, and triggers go on.
  const ask = askerOf(place, world.http, (sentence) => new UserError(sentence, 1));
  const { provider, clock } = world;

  async function connections() {
    const { items } = await ask({ method: 'GET', path: ['connections'], shape: ConnectionsWire });
    return items.filter((connection) => connection.provider === provider.id).map(({ id }) => id);
  }
  return {
    connections,
    async console() {
      const [ids, isThere] = await Promise.all([connections(), hasConsole(base, world.http)]);
      return { url: isThere ? base : null, connection: ids.length === 1 ? (ids[0] ?? null) : null };
    },
    async verify() {
      await checkScopes(ask, ['read', 'act'], 'no action works');
      first(await connections(), provider.label);
    },
    connectionFor: async (wanted) => chosen(await connections(), wanted, provider.label),
    ...actionsAt({ ask, clock }),
  };
}
