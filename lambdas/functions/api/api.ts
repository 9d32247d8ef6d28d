import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { systemClock } from '../../../adapters/node/clock.ts';
import type { ApiDeps } from '../../../shared/api/deps.ts';
import { handle } from '../../../shared/api/handle.ts';
import { ApiProblem, problemOf } from '../../../shared/api/problem.ts';
import type { ApiRequest, ApiResponse } from '../../../shared/api/request.ts';
import { sendView } from '../../../shared/api/views.ts';
import { openApi } from '../../../shared/app/api.ts';
import type { Json } from '../../../shared/model.ts';
import { runSend } from '../../../shared/sending/run.ts';
import { readSend } from '../../../shared/sending/send.ts';
import { ActingWorld, type CloudActing } from '../../runtime/acting.ts';
import type { Container } from '../../runtime/container.ts';
import { TablePolling } from '../../runtime/table-polling.ts';

const SECRET_BYTES = 24;
/** Source: AWS, an HTTP API waits at most 30 s for its function. */
const ANSWER_WITHIN_MS = 26_000;

const plain = <Value>(value: Value): Json => JSON.parse(JSON.stringify(value));

/** The API of a deployment. */
export class Api {
  readonly #container: Container;
  readonly #world: ActingWorld;
  readonly #polling: TablePolling;
  #answerBy = 0;

  constructor(container: Container) {
    this.#container = container;
    this.#world = new ActingWorld(container);
    this.#polling = new TablePolling(this.#world.ports);
  }

  /** A long answer ends here and can be asked for again. */
  isTime(): boolean {
    return systemClock.now() >= this.#answerBy;
  }

  async answer(request: ApiRequest): Promise<ApiResponse> {
    this.#answerBy = systemClock.now() + ANSWER_WITHIN_MS;
    try {
      const acting = await this.#world.open();
      if (!acting) throw new ApiProblem('unavailable', 'No config is in force yet; apply one with "replybus apply".');
      const woken = new Set<string>();
      const response = await handle(request, this.#deps(acting, woken));
      // An error of ours inside a route is an answer by now, and nobody else would hear of it.
      if (response.status === 500) this.#container.lines.error('api.failed', { status: response.status });
      for (const id of woken) if (await this.#fitsHere(acting, id)) await this.#run(acting, id);
      return await this.#withOutcome(response, woken);
    } catch (error) {
      if (!(error instanceof ApiProblem)) {
        const name = error instanceof Error ? error.name : 'unknown';
        this.#container.lines.error('api.failed', { error: name });
      }
      return problemOf(error);
    }
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
  async #run({ sending }: CloudActing, id: string): Promise<void> {
    const run = runSend(sending, id).catch((error: unknown) => {
      const name = error instanceof Error ? error.name : 'unknown';
      this.#container.lines.warn('send.broken', { send: id, error: name });
    });
    const stop = new AbortController();
    const left = Math.max(0, this.#answerBy - systemClock.now());
    await Promise.race([run, wait(left, undefined, { signal: stop.signal }).catch(() => {})]);
    stop.abort();
  }

  /** The send as it is after its run. */
  async #withOutcome(response: ApiResponse, woken: ReadonlySet<string>): Promise<ApiResponse> {
    const [id] = woken;
    if (id === undefined || !('body' in response) || response.status >= 300) return response;
    const kept = await readSend(this.#container.store, id);
    return kept ? { ...response, body: plain(sendView(kept.send)) } : response;
  }

  #deps(acting: CloudActing, woken: Set<string>): ApiDeps {
    const { cloud } = acting;
    return openApi(acting, this.#world.ports, {
      polling: this.#polling.during(cloud, () => this.#answerBy),
      shardOf: (id) => cloud.shardOf.get(id) ?? 0,
      newSecret: () => randomBytes(SECRET_BYTES).toString('base64url'),
      // The next sweep sees to it.
      wake: () => {},
      wakeSend: (id) => void woken.add(id),
    });
  }
}
