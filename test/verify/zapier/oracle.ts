import type { WorldThread } from '../../../sandbox/world-model.ts';
import { type Demand, type Facts, idOf, interestedDemand, isNewest, replyDemand } from './demands.ts';
import type { Activation, CallRecord, Fired, Zap } from './zap.ts';

/** No poll may make more calls to the vendor, whatever the inbox holds and however often the vendor fails; nor a switching on. */
export const CALLS_MAX = 260;
export const PRIMING_CALLS_MAX = 1_200;

export interface Figures {
  activations: number;
  polls: number;
  repliesDue: number;
  repliesLost: number;
  interestedDue: number;
  interestedLost: number;
  fired: number;
  twice: number;
  old: number;
  calls: number;
  callsMax: number;
  primingCallsMax: number;
  msMax: number;
  /** Calls with one key in any minute and any hour, at the most. */
  minuteMax: number;
  hourMax: number;
  /** Calls the vendor refused because its budget was used up. */
  overBudget: number;
  /** Attempts to switch a Zap on that ended in a sentence. */
  refused: number;
}

export interface Verdict {
  readonly figures: Figures;
  readonly findings: readonly string[];
}

/** What one activation fired, by what it fired for. */
function firedBy(facts: Facts, { fired, spec }: Activation): ReadonlyMap<string, readonly Fired[]> {
  const by = new Map<string, Fired[]>();
  for (const each of fired) {
    const thread = threadOf(facts, each);
    const key = spec.trigger === 'new_reply' ? `${thread} ${each.item.message_id}` : thread;
    by.set(key, [...(by.get(key) ?? []), each]);
  }
  return by;
}

function threadOf({ vendor, world }: Facts, { item }: Fired): string {
  if (vendor === 'coldsend') return String(item.thread_id);
  return world.threadOf(String(item.campaign_id), String(item.lead_email))?.id ?? String(item.thread_id);
}

class Judge {
  readonly findings: string[] = [];
  readonly figures: Figures = {
    activations: 0,
    polls: 0,
    repliesDue: 0,
    repliesLost: 0,
    interestedDue: 0,
    interestedLost: 0,
    fired: 0,
    twice: 0,
    old: 0,
    calls: 0,
    callsMax: 0,
    primingCallsMax: 0,
    msMax: 0,
    minuteMax: 0,
    hourMax: 0,
    overBudget: 0,
    refused: 0,
  };
  readonly #facts: Facts;

  constructor(facts: Facts) {
    this.#facts = facts;
  }

  activation(activation: Activation): void {
    const { spec, polls, fired } = activation;
    this.figures.activations += 1;
    this.figures.fired += fired.length;
    for (const call of polls) this.call(call);
    const by = new Map(firedBy(this.#facts, activation));
    if (spec.trigger === 'new_reply') this.#replies(activation, by);
    else this.#interested(activation, by);
    for (const key of by.keys()) this.#find('old', activation, `${key}, which does not exist`);
  }

  call({ mode, from, to, calls, repeatedIds, isTimeout }: CallRecord): void {
    const { figures } = this;
    if (mode === 'poll') {
      figures.polls += 1;
      figures.calls += calls;
      figures.callsMax = Math.max(figures.callsMax, calls);
    } else figures.primingCallsMax = Math.max(figures.primingCallsMax, calls);
    figures.msMax = Math.max(figures.msMax, to - from);
    if (isTimeout) this.findings.push(`slow: a ${mode} took more than 30 s`);
    if (calls > (mode === 'priming' ? PRIMING_CALLS_MAX : CALLS_MAX))
      this.findings.push(`many calls: a ${mode} made ${calls}`);
    if (repeatedIds > 0) this.findings.push(`an id twice in the answer of a ${mode}`);
  }

  #replies(activation: Activation, by: Map<string, readonly Fired[]>): void {
    for (const thread of this.#facts.world.threads.values()) {
      for (const message of thread.messages) {
        if (message.direction !== 'inbound') continue;
        const id = idOf(this.#facts.vendor, message);
        const demand = replyDemand(this.#facts, activation, thread, message);
        const { sentAt, visibleAt } = message;
        const after = (at: number) => `${((at - activation.on.to) / 60_000).toFixed(1)} min`;
        const what = `${id} of ${thread.leadEmail}, sent ${after(sentAt)}, visible ${after(visibleAt)}`;
        this.#check('replies', activation, demand, by.get(`${thread.id} ${id}`) ?? [], what);
        by.delete(`${thread.id} ${id}`);
      }
    }
  }

  #interested(activation: Activation, by: Map<string, readonly Fired[]>): void {
    for (const thread of this.#facts.world.threads.values()) {
      const fired = by.get(thread.id) ?? [];
      by.delete(thread.id);
      const demand = interestedDemand(this.#facts, activation, thread);
      this.#check('interested', activation, demand, fired, this.#labels(activation, thread));
      for (const { item, at } of fired) {
        if (!isNewest(this.#facts, activation, thread, String(item.message_id), at))
          this.#find('not the newest reply', activation, `${item.message_id} of ${thread.leadEmail}`);
      }
    }
  }

  #labels({ on }: Activation, { leadEmail, labels }: WorldThread): string {
    const told = labels.map(({ at, intent }) => `${intent} at ${((at - on.to) / 60_000).toFixed(1)} min`);
    return `${leadEmail}, ${told.join(', ')}`;
  }

  #check(
    name: 'replies' | 'interested',
    activation: Activation,
    demand: Demand,
    fired: readonly Fired[],
    what: string,
  ): void {
    const { figures } = this;
    const at = fired.map((each) => ((each.at - activation.on.to) / 60_000).toFixed(1)).join();
    if (demand) figures[`${name}Due`] += 1;
    if (demand && fired.length === 0) {
      figures[`${name}Lost`] += 1;
      this.#find('lost', activation, what);
    }
    if (fired.length > 1) {
      figures.twice += 1;
      this.#find('twice', activation, `${what}, fired ${at}`);
    }
    if (demand === false && fired.length > 0) {
      figures.old += 1;
      this.#find('old', activation, `${what}, fired ${at}`);
    }
  }

  #find(finding: string, { spec }: Activation, what: string): void {
    this.findings.push(`${finding}: ${spec.trigger} ${JSON.stringify(spec.filter)}: ${what}`);
  }
}

export function judge({ zaps, ...facts }: Facts & { readonly zaps: readonly Zap[] }): Verdict {
  const judging = new Judge(facts);
  for (const zap of zaps) {
    for (const activation of zap.activations) judging.activation(activation);
    for (const call of [...zap.primings, ...zap.samples]) judging.call(call);
  }
  const { figures, findings } = judging;
  figures.minuteMax = facts.watch.busiest(60_000);
  figures.hourMax = facts.watch.busiest(3_600_000);
  figures.overBudget = facts.watch.overBudget;
  figures.refused = zaps.flatMap(({ primings }) => primings).filter(({ arrived }) => !arrived).length;
  return { figures, findings };
}
