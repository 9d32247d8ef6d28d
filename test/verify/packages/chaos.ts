import type { Random } from '../../../shared/ports.ts';
import type { HttpCall } from '../../lambdas/invocations.ts';
import type { Receiver } from '../kill/receiver.ts';
import { Campaign } from './campaign.ts';
import type { Container, Outcome } from './container.ts';
import type { Deployment } from './deployment.ts';
import type { TappedCall } from './tap.ts';
import type { FunctionName } from './template.ts';

/** Calls and answers seen, from the start of an invocation to its death, at the most. */
const MOMENTS_MAX = 24;
const KILLED = 0.35;
const FROZEN = 0.12;
const TWICE = 0.4;
const ANSWER_LOST = 0.015;
const SENDING_LOST = 0.3;

const isSending = ({ method, path }: TappedCall) => method === 'POST' && /reply|forward/.test(path);

export interface RequestedSend {
  readonly call: HttpCall;
  /** Stands in the mail and in no other. */
  readonly token: string;
}

interface Plan {
  readonly container: Container;
  readonly at: number;
  readonly act: () => void;
}

/**
 * Everything that can go wrong around functions, by chance of a seed. Processes die and stand still at moments counted in
 * what they do, not in time, so that most of them are in the middle of something.
 */
export class Chaos {
  readonly deployment: Deployment;
  readonly campaign: Campaign;
  readonly receiver: Receiver;
  readonly random: Random;
  readonly sends: RequestedSend[] = [];
  readonly #stopped: Container[] = [];
  readonly #underway = new Set<Promise<Outcome>>();
  readonly #plans = new Set<Plan>();
  #moments = 0;
  #freezes = 0;
  #doubles = 0;
  #lostAnswers = 0;

  constructor(deployment: Deployment, receiver: Receiver, random: Random) {
    this.deployment = deployment;
    this.campaign = new Campaign(deployment.world.sandbox.world, 6);
    this.receiver = receiver;
    this.random = random;
  }

  get counts(): { readonly freezes: number; readonly doubles: number; readonly lostAnswers: number } {
    return { freezes: this.#freezes, doubles: this.#doubles, lostAnswers: this.#lostAnswers };
  }

  chance(share: number): boolean {
    return this.random() < share;
  }

  /** From now on every call and every answer is a moment to die at, and answers are lost after the work is done. */
  begin(): void {
    const { database, services, vendors } = this.deployment;
    for (const tap of [database, services, ...Object.values(vendors)]) {
      const { after } = tap.hooks;
      tap.hooks.before = async () => {
        this.#moment();
        return undefined;
      };
      tap.hooks.after = async (call, status) => {
        const lost = (await after?.(call, status)) ?? false;
        this.#moment();
        const share = tap === database ? ANSWER_LOST : isSending(call) ? SENDING_LOST : 0;
        if (!this.chance(share)) return lost;
        this.#lostAnswers += 1;
        return true;
      };
    }
  }

  /** One invocation, which may be killed or stopped in the middle; a stopped one goes on when it is thawed. */
  async call(name: FunctionName, event: unknown): Promise<Outcome> {
    const { fleet } = this.deployment;
    const started = await fleet.take(name);
    const { container } = started;
    const run = fleet.run(started, event);
    const dice = this.random();
    if (dice < KILLED) return await this.#during(run, container, () => container.kill());
    if (dice >= KILLED + FROZEN) return await run;
    let stop: (outcome: Outcome) => void = () => {};
    const stopped = new Promise<Outcome>((resolve) => {
      stop = resolve;
    });
    this.#underway.add(run);
    void run.finally(() => this.#underway.delete(run));
    const freeze = () => {
      this.#freezes += 1;
      container.freeze();
      this.#stopped.push(container);
      stop({ kind: 'killed' });
    };
    return await Promise.race([this.#during(run, container, freeze), stopped]);
  }

  /** The same event once, or twice at the same time; what came of the first. */
  async calls(name: FunctionName, event: unknown): Promise<Outcome> {
    if (!this.chance(TWICE)) return await this.call(name, event);
    this.#doubles += 1;
    const [first] = await Promise.all([this.call(name, event), this.call(name, event)]);
    return first;
  }

  thaw(): void {
    for (const container of this.#stopped.splice(0)) container.thaw();
  }

  /** Nothing goes wrong any more, and what was under way has ended. */
  async end(): Promise<void> {
    this.#plans.clear();
    const { database, services, vendors, stream } = this.deployment;
    for (const tap of [services, ...Object.values(vendors)]) delete tap.hooks.after;
    for (const tap of [database, services, ...Object.values(vendors)]) delete tap.hooks.before;
    database.hooks.after = async (call, status) => {
      stream.observe(call, status);
      return false;
    };
    this.thaw();
    await Promise.all(this.#underway);
  }

  async #during(run: Promise<Outcome>, container: Container, act: () => void): Promise<Outcome> {
    const plan = { container, at: this.#moments + Math.ceil(this.random() * MOMENTS_MAX), act };
    this.#plans.add(plan);
    const outcome = await run;
    this.#plans.delete(plan);
    return outcome;
  }

  #moment(): void {
    this.#moments += 1;
    for (const plan of this.#plans) {
      if (plan.at > this.#moments) continue;
      this.#plans.delete(plan);
      plan.act();
    }
  }
}
