import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { systemClock } from '../../../adapters/node/clock.ts';
import { readConsole } from '../../../adapters/node/console-files.ts';
import { respond } from '../../../shared/api/app.ts';
import type { ApiConnection, ApiDeps } from '../../../shared/api/deps.ts';
import { ApiProblem } from '../../../shared/api/problem.ts';
import { openApi } from '../../../shared/app/api.ts';
import { runSend } from '../../../shared/sending/run.ts';
import { readSend } from '../../../shared/sending/send.ts';
import { ActingWorld, type CloudActing } from '../../runtime/acting.ts';
import type { Container } from '../../runtime/container.ts';
import { TablePolling } from '../../runtime/table-polling.ts';

const SECRET_BYTES = 24;
/** Packaged beside the handler. */
const CONSOLE = join(import.meta.dirname, 'console');
/** Source: AWS, an HTTP API waits at most 30 s for its function. */
const ANSWER_WITHIN_MS = 26_000;

/** Anybody may ask how polling is, which takes the whole config and its shards: it is looked at this seldom. */
const HEALTH_FRESH_MS = 10_000;

const isHealth = ({ method, url }: Request): boolean => method === 'GET' && new URL(url).pathname === '/health';

interface Remembered {
  readonly at: number;
  readonly response: Response;
}

/** A long answer ends here, and the work behind it; it goes on with the polls. */
async function* until<Item>(items: AsyncIterable<Item>, isTime: () => boolean): AsyncGenerator<Item> {
  for await (const item of items) {
    yield item;
    if (isTime()) return;
  }
}

/** The API of a deployment. */
export class Api {
  readonly #container: Container;
  readonly #world: ActingWorld;
  readonly #polling: TablePolling;
  #answerBy = 0;
  #console: ReturnType<typeof readConsole> | undefined;
  #health: Remembered | undefined;

  constructor(container: Container) {
    this.#container = container;
    this.#world = new ActingWorld(container);
    this.#polling = new TablePolling(this.#world.ports);
  }

  async answer(request: Request): Promise<Response> {
    if (!isHealth(request)) return await this.#answer(request);
    const now = systemClock.now();
    if (!this.#health || now - this.#health.at >= HEALTH_FRESH_MS)
      this.#health = { at: now, response: await this.#answer(request) };
    return this.#health.response.clone();
  }

  async #answer(request: Request): Promise<Response> {
    this.#answerBy = systemClock.now() + ANSWER_WITHIN_MS;
    const { store, lines } = this.#container;
    const log = { info: lines.info.bind(lines), warn: lines.error.bind(lines) };
    return await respond(request, {
      door: { store },
      log,
      open: async () => await this.#open(),
      console: async () => {
        this.#console ??= readConsole(CONSOLE);
        return await this.#console;
      },
    });
  }

  async #open(): Promise<ApiDeps> {
    const acting = await this.#world.open();
    if (!acting) throw new ApiProblem('unavailable', 'No config is in force yet; apply one with "replybus apply".');
    return this.#deps(acting);
  }

  /** A mail server may take longer than a caller waits: what goes through one is left to the stream, and to the sweep. */
  async #fitsHere({ sending }: CloudActing, id: string): Promise<boolean> {
    const send = (await readSend(this.#container.store, id))?.send;
    const connection = sending.connections.find((each) => each.id === send?.connection)?.connection;
    return send?.kind === 'reply' || connection?.forwards !== undefined;
  }

  /**
   * Runs what was just accepted before the answer, since nothing runs after it. Whatever is cut off is safe: the send is in
   * the table and due, a post that was begun is looked for, and none begins after its own deadline.
   */
  async #run(acting: CloudActing, id: string): Promise<void> {
    if (!(await this.#fitsHere(acting, id))) return;
    const run = runSend(acting.sending, id).catch((error: unknown) => {
      const name = error instanceof Error ? error.name : 'unknown';
      this.#container.lines.warn('send.broken', { send: id, error: name });
    });
    const stop = new AbortController();
    const left = Math.max(0, this.#answerBy - systemClock.now());
    await Promise.race([run, wait(left, undefined, { signal: stop.signal }).catch(() => {})]);
    stop.abort();
  }

  #inTime = (connection: ApiConnection): ApiConnection => ({
    ...connection,
    backfill: (since) => until(connection.backfill(since), () => systemClock.now() >= this.#answerBy),
  });

  #deps(acting: CloudActing): ApiDeps {
    const { cloud } = acting;
    const deps = openApi(acting, this.#world.ports, {
      polling: this.#polling.during(cloud, () => this.#answerBy),
      shardOf: (id) => cloud.shardOf.get(id) ?? 0,
      newSecret: () => randomBytes(SECRET_BYTES).toString('base64url'),
      // The next sweep sees to it.
      wake: () => {},
      wakeSend: async (id) => await this.#run(acting, id),
    });
    return { ...deps, connections: deps.connections.map(this.#inTime) };
  }
}
