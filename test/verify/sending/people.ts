import type { Vendor } from '../../../sandbox/switches.ts';
import type { WorldThread } from '../../../sandbox/world-model.ts';
import type { Random } from '../../../shared/ports.ts';
import type { ChangePorts } from '../../../shared/sending/change.ts';
import type { SendRequest } from '../../../shared/sending/mail.ts';
import type { SendingPorts } from '../../../shared/sending/ports.ts';
import { sendId } from '../../../shared/sending/send.ts';
import { Crash } from '../polling/hostile-ports.ts';
import type { VirtualTime } from '../polling/virtual-time.ts';
import type { Wish } from './cases.ts';
import { StoreDown } from './hostile.ts';
import type { Judge } from './judge.ts';
import type { Protocol } from './protocol.ts';
import { FAMILIES, filesOf, type Looks, lookOf, oneOf } from './resembling.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const CONNECTION = 'sim';
const SINK = 'answers';
/** Automations act in a few conversations, in each of them often. */
const AUTOMATED = 6;
/** Numbers of second mails. */
const SECONDS = 100_000;

export interface PeopleWorld {
  readonly protocol: Protocol;
  readonly random: Random;
  readonly time: VirtualTime;
  readonly vendor: Vendor;
  readonly trackLinks: boolean;
  readonly threads: readonly WorldThread[];
  readonly judge: Judge;
  /** What a person who decides works with: it does not fail. */
  readonly calm: ChangePorts;
  readonly survive: (work: () => Promise<unknown>) => Promise<void>;
  readonly process: () => SendingPorts;
  readonly run: (id: string) => Promise<void>;
}

/** How one mail is asked for. */
interface Plan {
  readonly forward: boolean;
  readonly override: boolean;
  readonly ifLatest: boolean;
  readonly undoMs: number;
  readonly mindChanged: boolean;
}

type NewestMessage = WorldThread['visible'][number];

const isRefusal = (error: unknown) => error instanceof Error && error.name === 'SendRefusal';
const isPassing = (error: unknown) =>
  error instanceof Crash || error instanceof StoreDown || (error instanceof Error && error.name === 'ProviderError');

/** Those who want mails sent, ask twice, change their minds, and decide what nobody could find out. */
export class People {
  readonly #w: PeopleWorld;

  constructor(world: PeopleWorld) {
    this.#w = world;
  }

  /** One mail, wanted at a moment; or two of the very same words, by a person who means both. */
  want(number: number, at: number): void {
    const { random, time, threads } = this.#w;
    const wait = at - time.now();
    if (random() < 0.1) return void time.sleep(wait).then(() => this.#automate(number));
    const index = Math.floor(random() * threads.length);
    const thread = threads[index];
    const family = FAMILIES[index % FAMILIES.length];
    if (!thread || !family) throw new Error('no such thread');
    const looks = oneOf(family, random);
    const plan = this.#plan();
    if (random() < 0.12) {
      const both = { ...plan, override: true };
      void time.sleep(wait).then(() => this.#ask(number, thread, looks, both));
      return void time
        .sleep(wait + 3 * MINUTE_MS * random())
        .then(() => this.#ask(number + SECONDS, thread, looks, both));
    }
    const twice = random() < 0.5;
    const again = random() < 0.5 ? 0 : random() * HOUR_MS;
    const ask = async () => await this.#ask(number, thread, looks, plan);
    void time.sleep(wait).then(ask);
    if (twice) void time.sleep(wait + again).then(ask);
  }

  #plan(): Plan {
    const { random, vendor } = this.#w;
    return {
      forward: vendor === 'cohesive' && random() < 0.15,
      override: random() < 0.35,
      ifLatest: random() < 0.12,
      undoMs: random() < 0.08 ? Math.ceil(20 * MINUTE_MS * random()) : 0,
      mindChanged: random() < 0.5,
    };
  }

  #newest(thread: WorldThread, direction?: 'inbound'): NewestMessage | undefined {
    return thread.visible.findLast((message) => direction === undefined || message.direction === direction);
  }

  #idOf({ messageId, replyId }: NewestMessage): string {
    return this.#w.vendor === 'coldsend' ? replyId : messageId;
  }

  #nameOf({ id, campaignId, leadEmail }: WorldThread): string {
    const { vendor, random } = this.#w;
    // One conversation, however it is written.
    if (vendor === 'coldsend') return random() < 0.3 ? id.toUpperCase() : id;
    const address = random() < 0.3 ? leadEmail.toUpperCase() : leadEmail;
    const campaign = random() < 0.2 ? campaignId?.toUpperCase() : campaignId;
    return Buffer.from(JSON.stringify([campaign, address])).toString('base64url');
  }

  async #ask(number: number, thread: WorldThread, looks: Looks, plan: Plan): Promise<void> {
    const { vendor, judge, time } = this.#w;
    const { forward, override, undoMs } = plan;
    const newest = plan.ifLatest && !forward ? this.#newest(thread) : undefined;
    const common = {
      connection: CONNECTION,
      threadId: this.#nameOf(thread),
      bcc: [],
      key: `key-${number}`,
      by: 'api',
      ...(undoMs === 0 ? {} : { undoMs }),
    };
    const request: SendRequest = forward
      ? {
          ...common,
          kind: 'forward',
          to: [`team-${number % 2}@team.example`],
          cc: [],
          attachments: filesOf(looks, 'url'),
        }
      : {
          ...common,
          kind: 'reply',
          text: looks.text,
          ...(looks.html === undefined ? {} : { html: looks.html }),
          cc: looks.copy === undefined || vendor === 'coldsend' ? [] : [looks.copy],
          attachments: filesOf(looks, vendor === 'cohesive' ? 'url' : 'content'),
          ...(newest === undefined ? {} : { ifLatest: this.#idOf(newest) }),
          ...(override ? { overrideBy: 'Jane' } : {}),
        };
    judge.expect(sendId(common.key), {
      number,
      thread: thread.id,
      kind: request.kind,
      look: forward ? `to team ${number % 2} ${looks.file ?? ''}` : lookOf(this.#seen(looks), this.#w),
      override: override && !forward,
      ...(newest === undefined ? {} : { ifLatestAt: newest.sentAt }),
      ...(undoMs === 0 ? {} : { notBefore: time.now() + undoMs }),
    });
    await this.#call(request, plan.mindChanged);
  }

  /** ColdSend takes no copies. */
  #seen({ copy, ...looks }: Looks): Looks {
    return copy === undefined || this.#w.vendor === 'coldsend' ? looks : { ...looks, copy };
  }

  /** A caller that goes on until it has an answer, as the platforms do. */
  async #call(request: SendRequest, mindChanged: boolean): Promise<void> {
    const { protocol, judge, time, random, run, process } = this.#w;
    for (let tries = 0; tries < 6; tries += 1) {
      try {
        const { send } = await protocol.acceptSend(process(), request);
        judge.accepted(send.id);
        await run(send.id);
        if (request.undoMs !== undefined && mindChanged) await this.#undo(send.id, request.undoMs * 1.3 * random());
        return;
      } catch (error) {
        if (isRefusal(error)) return judge.refused(sendId(request.key ?? ''));
        if (!isPassing(error)) throw error;
        await time.sleep(10_000 * (1 + random()));
      }
    }
  }

  async #undo(id: string, afterMs: number): Promise<void> {
    const { time, survive, protocol, calm } = this.#w;
    await time.sleep(afterMs);
    await survive(async () => await protocol.undoSend(calm, id, 'Jane').catch(unlessRefused));
  }

  /** An automation that wants a reply for an event, as often as its delivery is tried. */
  async #automate(number: number): Promise<void> {
    const { protocol, process, survive, time, random, judge, run, threads } = this.#w;
    const thread = threads[number % AUTOMATED];
    const answered = thread && this.#newest(thread, 'inbound');
    if (!answered) return;
    const step = {
      kind: 'reply',
      text: `Thank you, Lead. We shall be in touch about ${number}.`,
      template: 'Thank you, Lead. We shall be in touch about {{campaign.name}}.',
      answers: { message: this.#idOf(answered), sentAt: answered.sentAt },
    } as const;
    const threadId = this.#nameOf(thread);
    const mail = {
      connection: CONNECTION,
      threadId,
      sink: SINK,
      event: `evt_${number}`,
      repliedAt: answered.sentAt,
      step,
    };
    const wish: Wish = {
      number,
      thread: thread.id,
      kind: 'reply',
      look: step.text,
      override: false,
      unlessAnsweredAt: answered.sentAt,
    };
    for (let tries = 0; tries < 4; tries += 1) {
      await survive(async () => {
        try {
          const { send } = await protocol.sendByMachine(judge.expecting(process(), wish), mail);
          await run(send.id);
        } catch (error) {
          if (!isRefusal(error) && !isPassing(error)) throw error;
        }
      });
      await time.sleep(HOUR_MS * random());
    }
  }

  /** What people do about sends that came to need them since the last call. */
  decide(): void {
    const { judge, random } = this.#w;
    for (const id of judge.toConsider()) if (random() < 0.5) void this.#decide(id);
    for (const id of judge.dead()) if (random() < 0.2) void this.#again(id);
  }

  /** Some hours later, most by what can be seen by then, others without a look. */
  async #decide(id: string): Promise<void> {
    const { judge, time, random, survive, protocol, calm } = this.#w;
    await time.sleep(random() * 12 * HOUR_MS);
    const verdict = random() < 0.6 && judge.isVisible(id) ? 'sent' : 'resend';
    await survive(async () => {
      const decided = await protocol.decideSend(calm, id, verdict, 'Jane').catch(unlessRefused);
      if (decided && verdict === 'resend') judge.resentByPerson(id);
    });
  }

  async #again(id: string): Promise<void> {
    const { time, random, survive, protocol, process } = this.#w;
    await time.sleep(random() * 6 * HOUR_MS);
    await survive(async () => await protocol.sendAgain(process(), id, 'Jane').catch(unlessPassing));
  }
}

function unlessPassing(error: unknown): undefined {
  if (!isRefusal(error) && !isPassing(error)) throw error;
  return undefined;
}

function unlessRefused(error: unknown): undefined {
  if (!isRefusal(error)) throw error;
  return undefined;
}
